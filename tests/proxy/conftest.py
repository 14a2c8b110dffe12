"""One pair of processes behind nginx for all tests here: TLS, a base path, a certificate made on the spot."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from proxied import Proxied, proxied


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="session")
def place(folder) -> Iterator[Proxied]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(folder / "tls" / "certificate.pem"))
        with proxied(folder, base="/tome", tls=True, frames="https://lms.example") as started:
            yield started
