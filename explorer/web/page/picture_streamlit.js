// A picture of the article, inline in the page: only there can scrolling animate it.

export default function ({ data: { svg, told, scrolls }, parentElement }) {
  if (parentElement.drawn === svg) return;
  parentElement.drawn = svg;
  const place = document.createElement("div");
  place.innerHTML = svg;
  const picture = place.firstElementChild;
  picture?.setAttribute("role", "img");
  picture?.setAttribute("aria-label", told);
  picture?.toggleAttribute("data-scrolls", scrolls);
  parentElement.replaceChildren(place);
}
