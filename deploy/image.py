"""Build the image of ``deploy/Dockerfile`` without a container engine, start it as compose does, and ask it for a record.

    apt-get install --no-install-recommends buildah debootstrap
    python3 deploy/image.py [options for buildah bud, such as --build-arg EXTRAS=app]

Needs Debian, root, and 20 GB in ``TMPDIR`` while it runs.  Without a reachable registry, the base is a substitute:
Debian 12 with its own Python 3.11.  The process runs as under compose: the image's user and environment, a read-only
root, temporary folders, no capabilities; but on the machine's network and without a memory limit.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen  # noqa: TID251 - requests to its own process

ROOT = Path(__file__).parents[1]
BASE, IMAGE = "docker.io/library/python:3.11-slim-bookworm", "localhost/tome-explorer"
INCLUDE = "python3,python3-pip,python3-venv,ca-certificates"
SPACES = ("unshare", "--mount", "--pid", "--ipc", "--uts", "--fork")
ADDRESS = "http://127.0.0.1:8501/api/v1/"

# $0: root of the image, $1: working directory, $2: user; then env -i with the environment, and the command.
CONTAINER = """
mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"
mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev"
for folder in /tmp "$1"; do mount -t tmpfs -o "nosuid,nodev,noexec,uid=$2,gid=$2" tmpfs "$0$folder"; done
inside="$0" folder="$1" user="$2"; shift 2
exec chroot "$inside" "$@"
"""


def main() -> None:
    if os.geteuid() != 0:
        sys.exit("Run it as root: it mounts file systems.")
    with tempfile.TemporaryDirectory(prefix="tome-explorer-image-") as folder:
        store = Store(Path(folder))
        try:
            check(store, sys.argv[1:])
        finally:
            store("rm", "--all")  # unmounts


class Store:
    """buildah, with its images and containers in ``folder``."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.where = ("--root", str(folder / "store"), "--runroot", str(folder / "run"), "--storage-driver", "vfs")

    def __call__(self, verb: str, *arguments: str, check: bool = True) -> str:
        command = ("buildah", *self.where, verb, *arguments)
        return subprocess.run(command, cwd=ROOT, check=check, stdout=subprocess.PIPE, text=True).stdout.strip()


def check(store: Store, options: list[str]) -> None:
    store("pull", BASE, check=False)
    if not store("images", "--quiet"):
        print("No registry is reachable: the base is a substitute.", flush=True)
        substitute(store)
    built = ("--isolation", "chroot", "--pull-never", "--format", "docker", "--tag", IMAGE, *options)
    store("bud", *built, "--file", "deploy/Dockerfile", "--ignorefile", "deploy/Dockerfile.dockerignore", ".")
    container = store("from", "--pull-never", IMAGE)
    config = json.loads(store("inspect", "--type", "image", IMAGE))["Docker"]["config"]
    place = store("mount", container)
    print("Installed:", (Path(place) / "torch.txt").read_text().split(), flush=True)
    user, home = config["User"], config["WorkingDir"]
    drop = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--bounding-set=-all", "--no-new-privs")
    inside = (home, user, "env", "-i", "-C", home, *config["Env"], f"HOME={home}", *drop)
    command = (*SPACES, "sh", "-ec", CONTAINER, place, *inside, *config["Cmd"])
    process = subprocess.Popen(command, start_new_session=True)
    try:
        until_ready(process)
        said = json.loads(ask("record?sample=dog&r=12"))
        print(ask("health"), said["caption"], [layer["tokens"] for layer in said["layers"]])
        subprocess.run(["chroot", place, *config["Healthcheck"]["Test"][1:]], check=True)
        print("The image's own health check succeeds.")
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the change of user clears the signal of --kill-child
        process.wait()


def substitute(store: Store) -> None:
    """Build the base from Debian's packages, with ``python`` and ``pip`` as in the original."""
    root = store.folder / "debian"
    subprocess.run(["debootstrap", "--variant=minbase", f"--include={INCLUDE}", "bookworm", root], check=True)
    (root / "usr/bin/python").symlink_to("python3")
    (root / "usr/lib/python3.11/EXTERNALLY-MANAGED").unlink()
    container = store("from", "scratch")
    store("add", "--quiet", container, str(root), "/")
    store("config", "--env", "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", container)
    store("commit", "--quiet", "--rm", container, BASE)


def until_ready(process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        try:
            ask("ready")
            return
        except HTTPError as error:
            print("ready:", error.code, error.read().decode(), flush=True)
        except OSError:
            pass
        time.sleep(2)
    sys.exit(f"The app is not ready; it ended with {process.poll()}.")


def ask(path: str) -> str:
    with urlopen(ADDRESS + path, timeout=60) as answer:
        return answer.read().decode()


if __name__ == "__main__":
    main()
