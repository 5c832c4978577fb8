#!/usr/bin/env python3
"""archive.py LAYER.tar NAME:TAG OUT.tar [USER]: a docker-archive image of one layer, as docker load, podman load and ctr import read it."""
import hashlib
import io
import json
import platform
import sys
import tarfile

layer, name, out, user = (sys.argv[1:] + [""])[:4]
digest = hashlib.sha256()
with open(layer, "rb") as stream:
    for chunk in iter(lambda: stream.read(1 << 20), b""):
        digest.update(chunk)
config = json.dumps({
    "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
    "os": "linux",
    "config": {"User": user, "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},
    "history": [{"created_by": "scripts/engines/images.sh"}],  # one entry a layer, or podman build can't build on it
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest.hexdigest()]},
}).encode()
config_name = hashlib.sha256(config).hexdigest() + ".json"
manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
with tarfile.open(out, "w") as archive:
    for file_name, data in (("manifest.json", manifest), (config_name, config)):
        info = tarfile.TarInfo(file_name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    archive.add(layer, "layer.tar")
