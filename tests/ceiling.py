"""Test the memory limit under simultaneous uploads and model loads: `python tests/ceiling.py [MB]`, one minute."""

import http.client
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from load import server
from noted import arguments, line
from sessions import Reader, together

LARGE = ("vit_large_patch16_224", "vit_large_patch14_224", "vit_large_patch32_384", "vit_large_patch14_clip_224")
MEGABYTES = 48


def peak() -> float:
    """Return the peak memory of the last server, in MB."""
    status = Path(f"/proc/{psutil.Process().children()[-1].pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def load(address: str, name: str) -> str:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=300)
    connection.request("GET", f"/api/v1/model?model=random:{name}")
    last = connection.getresponse().read().splitlines()[-1].decode()
    connection.close()
    return "loaded" if "ready" in last else "refused" if "short of memory" in last else last


def measure(most: int = 2600) -> None:
    """Upload 16 × 48 MB and ask for four large models at once, under a memory limit of ``most`` MB."""
    answers: Counter = Counter()
    with server(TOME_EXPLORER_MEMORY=str(most)) as address:
        readers = [Reader(address) for _ in range(16)]
        for reader in readers:
            reader.until_ready()
        before = peak()
        uploads = [lambda r=r: answers.update([f"upload {r.put('large', bytes(MEGABYTES << 20))}"]) for r in readers]
        models = [lambda n=name: answers.update([f"model {load(address, n)}"]) for name in LARGE]
        together(models + uploads)
        limit = most * 2**20 / 1e6
        told = ", ".join(f"{count} × {answer}" for answer, count in sorted(answers.items()))
        measured = f"{before:.0f} → at most {peak():.0f} MB, {peak() / limit - 1:+.0%}; {told}"
        line(f"16 uploads, 4 large models, ceiling {limit:.0f} MB", "≤ +10 %", measured)


if __name__ == "__main__":
    measure(*map(int, arguments()))
