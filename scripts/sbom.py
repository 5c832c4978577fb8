#!/usr/bin/env python3
"""Writes the SBOM of the static binary as SPDX 2.3 JSON: sbom.py NAME VERSION SOURCES BINARY."""
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

name, version, sources, binary = sys.argv[1:]
LICENSES = {"libcap2": "BSD-3-Clause", "libseccomp": "LGPL-2.1-only", "jansson": "MIT", "musl": "MIT"}


def debian_version(package):
    """Of the source package that was unpacked there."""
    changelog = next(pathlib.Path(sources).glob(package + "-*/debian/changelog"))
    return re.match(r"\S+ \(([^)]+)\)", changelog.read_text(encoding="utf-8")).group(1)


def installed_version(package):
    query = ["dpkg-query", "-W", "-f", "${Version}", package]
    return subprocess.run(query, capture_output=True, text=True, check=True).stdout


def package(spdx, title, number, license_id, purl=None, checksum=None):
    entry = {
        "SPDXID": "SPDXRef-" + spdx, "name": title, "versionInfo": number, "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False, "licenseConcluded": license_id, "licenseDeclared": license_id, "copyrightText": "NOASSERTION",
    }
    if purl:
        entry["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]
    if checksum:
        entry["checksums"] = [{"algorithm": "SHA256", "checksumValue": checksum}]
    return entry


digest = hashlib.sha256(pathlib.Path(binary).read_bytes()).hexdigest()
versions = {title: debian_version(title) for title in ("libcap2", "libseccomp", "jansson")}
versions["musl"] = installed_version("musl-dev")
packages = [package("husk", "husk", version, "MIT", checksum=digest)]
relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-husk"}]
for title, number in versions.items():
    packages.append(package(title, title, number, LICENSES[title], f"pkg:deb/debian/{title}@{number}?arch=source"))
    relations.append({"spdxElementId": "SPDXRef-husk", "relationshipType": "STATIC_LINK", "relatedSpdxElement": "SPDXRef-" + title})
created = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
json.dump({
    "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
    "documentNamespace": f"urn:husk:{name}:{digest}",
    "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: husk-scripts/sbom.py"]},
    "packages": packages, "relationships": relations,
}, sys.stdout, indent=1)
print()
