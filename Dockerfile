# syntax=docker/dockerfile:1
# One image for every process of GoChat; compose.yaml says which command each of them runs.
# With MySQL or MariaDB as the main database: docker build --build-arg DATABASE=mysql .
ARG PYTHON=3.11-slim-trixie

FROM python:${PYTHON} AS build
ARG DATABASE=postgres
COPY --from=ghcr.io/astral-sh/uv:0.13.9 /uv /bin/uv
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=/venv PATH=/venv/bin:$PATH
RUN if [ "$DATABASE" = mysql ]; then \
        apt-get update && apt-get install -y --no-install-recommends gcc pkg-config libmariadb-dev; \
    fi
WORKDIR /app
COPY requirements.txt ./
COPY requirements/mysql.txt requirements/
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv /venv && uv pip install --require-hashes -r requirements.txt \
    && if [ "$DATABASE" = mysql ]; then uv pip install --require-hashes -r requirements/mysql.txt; fi
COPY . .
# The keys are for this command alone: nothing of them stays in the image.
RUN DEBUG=off SECRET_KEY="$(head -c 48 /dev/urandom | base64)" JWT_SIGNING_KEY="$(head -c 48 /dev/urandom | base64)" \
        python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q .

FROM python:${PYTHON}
ARG DATABASE=postgres
RUN if [ "$DATABASE" = mysql ]; then \
        apt-get update && apt-get install -y --no-install-recommends libmariadb3 && rm -rf /var/lib/apt/lists/*; \
    fi \
    && useradd --system --uid 10001 --home-dir /tmp --shell /usr/sbin/nologin gochat
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH VIRTUAL_ENV=/venv PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEBUG=off HOME=/tmp
WORKDIR /app
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "deploy/healthcheck.py", "gateway"]
CMD ["python", "manage.py", "gateway", "--host", "0.0.0.0", "--port", "8000"]
