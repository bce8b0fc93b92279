# Handrail without the embedded stack: worker, gateway and console against a Temporal cluster and PostgreSQL.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY constraints.txt pyproject.toml README.md LICENSE worker.py ./
COPY domain domain
COPY connectors connectors
COPY activities activities
COPY workflows workflows
COPY policies policies
COPY handrail handrail
RUN python -m venv /opt/handrail \
 && /opt/handrail/bin/pip install --no-cache-dir --constraint constraints.txt ".[postgres]"

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/handrail handrail
COPY --from=build /opt/handrail /opt/handrail
ENV PATH=/opt/handrail/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HANDRAIL_HOME=/var/lib/handrail
USER handrail
WORKDIR /var/lib/handrail
ENTRYPOINT ["handrail"]
