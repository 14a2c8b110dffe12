"""Two processes of the app behind Debian's nginx, with the configuration in deploy/."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sessions import Reader, ask

__all__ = ["ROOT", "Proxied", "free_port", "nginx", "proxied"]

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "deploy" / "nginx" / "templates" / "tome.conf.template"
NAMES = ("a", "b")

AROUND = """\
daemon off;
{user}
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/tome.conf;
}}
"""


@dataclass
class Proxied:
    """The running processes and their addresses."""

    address: str
    """public address, such as https://localhost:8443/tome"""
    ports: dict[str, int]
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)
    base: str = ""

    def start(self, name: str) -> None:
        """Start the process ``name`` and wait until it is ready for readers."""
        port = self.ports[name]
        options = [f"--port={port}", "--address=127.0.0.1", "--no-browser", f"--server.baseUrlPath={self.base}"]
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "explorer", *options],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "TOME_EXPLORER_PROCESS": name,
                "STREAMLIT_SERVER_COOKIE_SECRET": "one for both",
            },
            stdout=subprocess.DEVNULL,
        )
        _until(lambda: ask(f"http://127.0.0.1:{port}{self.base}", "/api/v1/ready").status == 200, self.processes[name])

    def kill(self, name: str) -> None:
        """Kill the process ``name``."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def reader(self, query: str = "") -> Reader:
        """Open the page as a browser does, and keep its cookies."""
        page = ask(self.address, "/")
        cookies = [value.partition(";")[0] for name, value in page.headers if name == "set-cookie"]
        return Reader(self.address, query, cookie="; ".join(cookies))


@contextmanager
def proxied(folder: Path, base: str = "", tls: bool = False, frames: str = "") -> Iterator[Proxied]:
    """Start two processes and nginx; with ``tls`` and a temporary certificate, to be named in SSL_CERT_FILE."""
    port = free_port()
    ports = {name: free_port() for name in NAMES}
    place = Proxied(f"http{'s' * tls}://localhost:{port}{base}", ports, base=base)
    values = {
        "TOME_LISTEN": f"127.0.0.1:{free_port() if tls else port}",
        "TOME_BASE": base,
        "TOME_TLS": f"{folder}/tls/*.conf",
        "TOME_FRAMES": frames,
        "TOME_CACHE": f"{folder}/cache",
        **{f"TOME_APP_{name.upper()}": f"127.0.0.1:{at}" for name, at in ports.items()},
    }
    if tls:
        _certificate(folder / "tls", port)
    try:
        for name in NAMES:
            place.start(name)
        with nginx(folder, values) as process:
            _until(lambda: ask(place.address, "/api/v1/health").status == 200, process)
            yield place
    finally:
        for name in list(place.processes):
            place.kill(name)


@contextmanager
def nginx(folder: Path, values: dict[str, str]) -> Iterator[subprocess.Popen]:
    """Run nginx in ``folder`` with the template of deploy/, rendered as in the nginx image."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise FileNotFoundError("nginx is not installed: apt-get install nginx-light")
    filled = re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], TEMPLATE.read_text())
    (folder / "tome.conf").write_text(filled.replace("/dev/stdout", f"{folder}/access.log"))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"])
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _certificate(folder: Path, port: int) -> None:
    folder.mkdir()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    more = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]
    subprocess.run([*make.split(), *more], check=True, capture_output=True)
    (folder / "tls.conf").write_text(
        f"listen 127.0.0.1:{port} ssl;\nssl_certificate {certificate};\nssl_certificate_key {key};\n"
    )


def _until(holds: Callable[[], bool], process: subprocess.Popen, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            if holds():
                return
        time.sleep(0.1)
    raise RuntimeError(f"{process.args[:3]} does not answer; it ended with {process.poll()}")
