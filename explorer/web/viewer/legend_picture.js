// The legend as it stands above the pictures, drawn into one.

/**
 * @typedef {{ text: string, colours?: undefined } | { text?: undefined, colours: string[] }} Piece
 * @typedef {Piece & { x: number, y: number }} Placed
 */

const LINE = 1.45;
const LETTER = /[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/g; // Chinese breaks between any two letters

/**
 * The words and swatches of a legend's element, in reading order.
 * @param {HTMLElement} legend @returns {Piece[]}
 */
export function piecesOf(legend) {
  return [...legend.childNodes].flatMap(
    /** @returns {Piece[]} */ (node) =>
      node instanceof Element
        ? [{ colours: [...node.querySelectorAll("i")].map((swatch) => swatch.style.background) }]
        : (node.textContent?.match(LETTER) ?? []).map((text) => ({ text })),
  );
}

/**
 * Places of `pieces` in lines up to `width` long; `size` is that of the letters, `measure(text)` their width.
 * @param {Piece[]} pieces @param {number} width @param {number} size @param {(text: string) => number} measure
 */
export function linesOf(pieces, width, size, measure) {
  let [x, line] = [0, 0];
  return pieces.map((piece) => {
    const long = piece.colours ? piece.colours.length * size : measure(piece.text);
    if (x > 0 && x + long > width) [x, line] = [0, line + 1];
    const placed = { ...piece, x, y: line * size * LINE };
    x += long;
    return placed;
  });
}

/**
 * The height of these lines.
 * @type {(placed: Placed[], size: number) => number}
 */
export const heightOf = (placed, size) => (placed.at(-1)?.y ?? 0) + size * LINE;

/**
 * Draw `placed` below `top`.
 * @param {CanvasRenderingContext2D} ctx @param {Placed[]} placed @param {number} top @param {number} size
 */
export function drawLegend(ctx, placed, top, size) {
  for (const { text, colours, x, y } of placed) {
    if (text) ctx.fillText(text, x, top + y + size);
    colours?.forEach((colour, i) => {
      ctx.save();
      ctx.fillStyle = colour;
      ctx.fillRect(x + i * size, top + y + 0.2 * size, size, size);
      ctx.restore();
    });
  }
}
