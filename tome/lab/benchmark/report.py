"""Results of the benchmark as columns of a CSV file, and as a line of text."""

from torch import Tensor

from tome.lab.benchmark.parts import Parts
from tome.lab.benchmark.scaling import Cost
from tome.lab.benchmark.speed import Speed

__all__ = ["block_record", "line", "record", "scaling_record", "size_text"]


def block_record(parts: Parts) -> dict[str, float]:
    """Return the columns of one block's parts, medians in seconds."""
    return {f"{name}_seconds": getattr(parts, name).median for name in ("attention", "matching", "merging", "mlp")}


def scaling_record(cost: Cost) -> dict[str, float]:
    """Return the columns of the cost at one number of tokens, medians in seconds."""
    return {"r": cost.r, "matching_seconds": cost.matching.median, "merging_seconds": cost.merging.median}


def record(speed: Speed) -> dict[str, float | None]:
    """Return the columns of a Speed."""
    spreads = {"seconds": speed.seconds, "plain_seconds": speed.plain_seconds, "speed_up": speed.speed_up}
    if speed.free_seconds and speed.share_of_free:
        spreads |= {"free_seconds": speed.free_seconds, "share_of_free": speed.share_of_free}
    return {
        **{column: value for name, spread in spreads.items() for column, value in spread.columns(name).items()},
        "images_per_second": speed.throughput,
        "plain_images_per_second": speed.plain_throughput,
        "gflops": speed.gflops,
        "plain_gflops": speed.plain_gflops,
        "predicted": speed.predicted,
        "share": speed.share,
        "peak_bytes": speed.peak_bytes,
        "plain_peak_bytes": speed.plain_peak_bytes,
    }


def line(speed: Speed) -> str:
    free = speed.share_of_free
    limit = f"   {free.median:.3f} ({free.low:.3f} - {free.high:.3f}) of the free merge" if free else ""
    known = (
        f"{speed.gflops:6.3f} GFLOPs, {speed.share:5.3f} of the predicted {speed.predicted:.3f} x   "
        if speed.share
        else ""
    )
    return (
        f"{speed.plain_throughput:7.2f} -> {speed.throughput:7.2f} im/s   "
        f"{speed.speed_up.median:5.3f} x ({speed.speed_up.low:.3f} - {speed.speed_up.high:.3f}), median of the rounds' ratios   "
        f"{known}peak memory {speed.plain_peak_bytes / 1e6:.0f} -> {speed.peak_bytes / 1e6:.0f} MB{limit}"
    )


def size_text(images: Tensor) -> str:
    """Return the size as text: the side of square images, all dimensions of other inputs."""
    channels, *sides = images.shape[1:]
    square = channels == 3 and len(sides) == 2 and sides[0] == sides[1]
    return str(sides[0]) if square else "x".join(map(str, (channels, *sides)))
