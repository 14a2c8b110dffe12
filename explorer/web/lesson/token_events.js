// What a reader does at the elements of tokens.

/**
 * What a picture of tokens reports. Hovering ends with null; the keyboard hovers, too.
 * @typedef {{onHover: (token: number | null, keyboard?: boolean) => void, onPin: (token: number) => void}} Events
 */

/**
 * Call then(token, event) for events of `kind` on the tokens in `svg`.
 * @template {"pointerover" | "focusin" | "click" | "keydown"} Kind
 * @param {SVGElement} svg @param {Kind} kind @param {(token: number, event: SVGElementEventMap[Kind]) => void} then
 */
export function onToken(svg, kind, then) {
  svg.addEventListener(kind, (event) => {
    const at = event.target instanceof Element ? event.target.closest("[data-token]") : null;
    if (at) then(Number(at.getAttribute("data-token")), event);
  });
}
