// The page's theme, from an element's colours.

const DARK_BELOW = 384; // the sum of red, green and blue

/**
 * Set data-dark on `element` if its background is dark.
 * @param {Element} element
 */
export function markTheme(element) {
  const paper = getComputedStyle(element)
    .backgroundColor.match(/[\d.]+/g)
    ?.map(Number);
  const [red, green, blue] = paper ?? [255, 255, 255];
  element.toggleAttribute("data-dark", red + green + blue < DARK_BELOW);
}
