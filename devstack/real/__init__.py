"""The real servers, for the second test tier and for `make run STACK=real`: what production runs on, without Docker.

Java servers come as jars from Maven Central, MinIO is built by Go, Redis and MariaDB are Debian's, PostgreSQL is the
server of the wheel, which is PostgreSQL itself. What is downloaded or built is kept (see cache.py).
"""
