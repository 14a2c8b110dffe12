"""The charts of the page Speed."""

from explorer.speed.frontier import Place, frontier

PLACES = [
    Place(1, "fast", "prune", 2.0, 1.9, 2.1, 0.90),
    Place(2, "beaten", "merge", 1.4, 1.3, 1.45, 0.95),
    Place(3, "between", "merge", 1.6, 1.5, 1.7, 0.98),
    Place(4, "near", "hybrid", 1.0, 0.9, 1.1, 0.999),
]


def test_nearer_is_higher_and_the_best_trade_offs_have_their_numbers():
    figure = frontier(PLACES, "Class cosine")
    assert figure.layout.yaxis.autorange == "reversed"
    marks = {number: y for trace in figure.data for number, y in zip(trace.text or (), trace.y, strict=False)}
    assert sorted(marks) == ["", "1", "3", "4"]
    assert marks["4"] < marks["3"] < marks[""] < marks["1"]
    colours = [colour for trace in figure.data for colour in trace.marker.color]
    assert sum(colour.startswith("rgba") for colour in colours) == 1, "the others are pale"


def test_what_equals_the_plain_run_can_be_drawn_on_the_logarithmic_scale():
    figure = frontier([PLACES[0]._replace(cosine=1.0)], "Class cosine")
    assert all(y > 0 for trace in figure.data for y in trace.y)


def test_the_papers_points_are_within_the_picture():
    figure = frontier(PLACES, "Class cosine", [("k-means", 3.0, 80.0)])
    assert figure.layout.xaxis.range[1] > 3.0
