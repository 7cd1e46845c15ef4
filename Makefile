# Every recipe needs a POSIX shell and Python 3.11 or newer; devstack/launch.sh finds it and makes .venv.
.DEFAULT_GOAL := help
.PHONY: help run test test-flows-mysql test-real test-browser lint types layers check messages seed chaos bench shot lock clean
DO = @sh devstack/launch.sh

help: ## list the targets
	$(DO) help

run: ## start everything on http://127.0.0.1:8000 (PORT=, GATEWAYS=, WORKERS=, STACK=real), until Ctrl-C
	$(DO) run

test: ## all tests but the browser's, on real embedded servers (TESTS="tests.accounts ..." for a part)
	$(DO) dev manage.py test --parallel 2 --exclude-tag browser --exclude-tag real $(TESTS)

test-flows-mysql: ## the flows and the write path's SQL with MariaDB as the main database (needs Debian's mariadb-server)
	$(DO) mysql manage.py test $(or $(TESTS),tests.flows tests.messaging.test_store)

test-real: ## flows, search and storage on three Kafka brokers, OpenSearch, MinIO, Redis, with PostgreSQL and with MariaDB
	$(DO) real -m devstack.real test $(TESTS)

test-browser: ## two people in Chromium (needs Debian's chromium)
	$(DO) dev manage.py test --tag browser $(TESTS)

lint: ## ruff: errors, style, formatting
	$(DO) dev -m ruff check .
	$(DO) dev -m ruff format --check .

types: ## mypy, strict
	$(DO) dev -m mypy

layers: ## import-linter: who may import whom
	$(DO) dev -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

check: ## Django's own checks for production, and missing migrations
	$(DO) dev -m devstack.production_check

messages: ## the Chinese catalogue anew from the source, and its compiled form (needs gettext)
	$(DO) dev manage.py makemessages -l zh_Hans -i tests -i bench -i devstack -i var --add-location file --no-obsolete --no-wrap
	$(DO) dev manage.py compilemessages -l zh_Hans -i .venv

seed: ## demo users, a group and the world room in the running site (make run does it for a new database)
	$(DO) dev manage.py seed_demo

chaos: ## random faults on the whole site, judged (SEED=, MINUTES=); table and plot in var/chaos/
	$(DO) dev -m tests.chaos

bench: ## load and latency on the running site, beside a bare reference
	$(DO) dev -m bench

shot: ## screenshots of the running site, phone and desktop, light and dark
	$(DO) dev -m tests.browser.shots

lock: ## resolve all dependencies anew and rewrite the lock files
	$(DO) dev -m devstack.lock

clean: ## remove the environment, the data and the caches
	$(DO) clean
