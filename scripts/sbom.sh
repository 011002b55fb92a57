#!/bin/sh
# sbom.sh: write what the service is made of, with versions and hashes, as CycloneDX. Needs no network once installed.
set -eu
cd "$(dirname "$0")/.."

sh scripts/audit-tools.sh
out=build/sbom.cdx.json
build/audit-venv/bin/python -m cyclonedx_py requirements requirements/run.lock --pyproject pyproject.toml \
    --output-reproducible --output-format JSON --output-file "$out"
echo "$out"
