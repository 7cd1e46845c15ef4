"""From a bare Python to an environment that can run the project. Standard library only.

    bootstrap.py run                 environment, then `devstack.run` in its place
    bootstrap.py dev ARGUMENTS ...   environment with the developers' tools, then `python ARGUMENTS ...` in its place
    bootstrap.py mysql ARGUMENTS ... the same with the MySQL driver, the tests' main database being MariaDB
    bootstrap.py real ARGUMENTS ...  the same for the real servers; without the MySQL driver where it cannot be built
    bootstrap.py help | clean

Nothing is installed twice: `.venv/installed.json` holds the hash of each requirements file that is in place.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
if str(CHECKOUT) not in sys.path:
    sys.path.insert(0, str(CHECKOUT))

from devstack.envfile import ensure_env_file  # noqa: E402 - the path is set above
from devstack.errors import DevstackError  # noqa: E402
from devstack.progress import Progress  # noqa: E402

VENV = CHECKOUT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
RUN_REQUIREMENTS = ("requirements.txt", "requirements/embedded.txt")
DEV_REQUIREMENTS = (*RUN_REQUIREMENTS, "requirements/dev.txt")
MYSQL_REQUIREMENTS = (*DEV_REQUIREMENTS, "requirements/mysql.txt")
UV = "uv==0.13.9"
INSTALL_SPACE_MIB = 1500
RUN_SPACE_MIB = 300


def main(arguments: Sequence[str]) -> None:
    """Do what the first argument says; a DevstackError ends as one sentence and exit code 1."""
    command, *rest = arguments or ["help"]
    try:
        match command:
            case "run":
                prepare(RUN_REQUIREMENTS)
                if os.environ.get("STACK", "").startswith("mariadb"):
                    prepare(("requirements/mysql.txt",))
                become("-m", "devstack.run")
            case "dev":
                prepare(DEV_REQUIREMENTS)
                become(*rest)
            case "mysql":
                prepare(MYSQL_REQUIREMENTS)
                os.environ["GOCHAT_TEST_DB"] = "mariadb"
                become(*rest)
            case "real":
                prepare(DEV_REQUIREMENTS)
                with contextlib.suppress(DevstackError):  # said when MariaDB is looked for
                    prepare(("requirements/mysql.txt",))
                become(*rest)
            case "clean":
                clean()
            case _:
                show_help()
    except DevstackError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def prepare(requirements: Sequence[str]) -> None:
    """Make the environment, install what is missing, write `.env` when there is none.

    :raises DevstackError: Python has no venv module, the disk is full, or the packages cannot be had.
    """
    wanted = {name: hashlib.sha256((CHECKOUT / name).read_bytes()).hexdigest() for name in requirements}
    missing = [name for name, digest in wanted.items() if installed().get(name) != digest]
    check_space(INSTALL_SPACE_MIB if missing else RUN_SPACE_MIB)
    if missing:
        progress = Progress("Installing", total=len(missing) + 1)
        make_environment(progress)
        for name in missing:
            progress.doing(f"{count_packages(name)} packages of {name}")
            install(name)
            STAMP.write_text(json.dumps(installed() | {name: wanted[name]}, indent=1))
            progress.done(name)
    if ensure_env_file(CHECKOUT / ".env"):
        print("Wrote .env: DEBUG on, with random keys of its own. It is never overwritten.", flush=True)


def installed() -> dict[str, str]:
    """The hash of each requirements file in place; empty when the environment is missing or its Python is gone."""
    if not VENV_PYTHON.exists():
        return {}
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return stamp


def check_space(mebibytes: int) -> None:
    """:raises DevstackError: the checkout's disk has less than this free."""
    free = shutil.disk_usage(CHECKOUT).free // 2**20
    if free < mebibytes:
        raise DevstackError(f"GoChat needs {mebibytes} MiB of free disk space here, and there are {free} MiB.")


def make_environment(progress: Progress) -> None:
    """Create `.venv` with pip and uv in it, unless a working one is there."""
    if not VENV_PYTHON.exists():
        check_venv_module()
        progress.doing("creating the virtual environment .venv")
        done = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise DevstackError(
                f"The virtual environment .venv could not be made: {(done.stderr or done.stdout).strip()}"
            )
    if not (VENV / "bin" / "uv").exists():
        progress.doing("installing uv, the installer")
        # Failing is no harm: pip, which is there, installs the same files, only slower.
        subprocess.run([str(VENV_PYTHON), "-m", "pip", "install", "--quiet", UV], check=False)
    progress.done("virtual environment")


def check_venv_module() -> None:
    """:raises DevstackError: this Python came without venv or ensurepip, as Debian packages it."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise DevstackError(
            f"This Python has no venv module: install it (Debian: apt-get install {package}), and try again."
        )


def install(name: str) -> None:
    """Install a compiled requirements file, each package checked against its hash: by uv, or else by pip.

    :raises DevstackError: neither could.
    """
    path = str(CHECKOUT / name)
    uv = VENV / "bin" / "uv"
    pip_install = [str(VENV_PYTHON), "-m", "pip", "install", "--require-hashes", "-r", path]
    uv_install = [str(uv), "pip", "install", "--python", str(VENV_PYTHON), "--require-hashes", "-r", path]
    if uv.exists() and subprocess.run(uv_install, env=uv_environment(), check=False).returncode == 0:
        return
    print("\nuv could not install it; pip tries.", flush=True)
    if subprocess.run(pip_install, check=False).returncode != 0:
        raise DevstackError(f"The packages of {name} could not be installed: the lines above say why.")


def uv_environment() -> dict[str, str]:
    """The environment for uv, which reads no pip.conf: the indexes and links that pip would use."""
    listed = subprocess.run(
        [str(VENV_PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    settings = dict(re.findall(r"^[^.=]*\.([a-z-]+)='(.*)'$", listed, flags=re.MULTILINE))
    names = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}
    given = {ours: settings[theirs] for theirs, ours in names.items() if settings.get(theirs)}
    return {"UV_HTTP_TIMEOUT": "180"} | given | os.environ


def count_packages(name: str) -> int:
    """How many packages a compiled requirements file pins."""
    return len(re.findall(r"^[A-Za-z0-9]\S*==", (CHECKOUT / name).read_text(), flags=re.MULTILINE))


def become(*arguments: str) -> None:
    """Replace this process by the environment's Python, so that signals reach the program itself."""
    sys.stdout.flush()
    os.chdir(CHECKOUT)
    os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *arguments])


def clean() -> None:
    """Remove what the targets have made; `.env` stays, since it may hold what a person wrote."""
    for name in (".venv", "var", ".mypy_cache", ".ruff_cache", ".import_linter_cache"):
        shutil.rmtree(CHECKOUT / name, ignore_errors=True)
    for cache in CHECKOUT.rglob("__pycache__"):
        shutil.rmtree(cache, ignore_errors=True)


def show_help() -> None:
    """Print the Makefile's targets with the text after `##`."""
    targets = re.findall(r"^([a-z-]+):.*?## (.*)$", (CHECKOUT / "Makefile").read_text(), flags=re.MULTILINE)
    width = max(len(target) for target, _ in targets)
    print("\n".join(f"  make {target:<{width}}  {text}" for target, text in targets))


if __name__ == "__main__":
    main(sys.argv[1:])
