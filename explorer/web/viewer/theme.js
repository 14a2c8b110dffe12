// The page's theme, as far as an element's own colours tell.

const DARK_BELOW = 384; // the sum of red, green and blue

/** Mark `element` with data-dark where its paper is dark. */
export function markTheme(element) {
  const paper = getComputedStyle(element)
    .backgroundColor.match(/[\d.]+/g)
    ?.map(Number);
  const [red, green, blue] = paper ?? [255, 255, 255];
  element.toggleAttribute("data-dark", red + green + blue < DARK_BELOW);
}
