// The viewer's parts for texts: the word of each cell, written over its fill.

const INK = "rgb(255, 255, 255)";
const EDGE = "rgba(0, 0, 0, 0.8)"; // around the letters, so that they are legible on any colour
const WIDEST = 0.92; // share of a cell

/** Write the words into their cells; cells after the last word stay blank. */
export function paintWords(ctx, { story, box, veil }, labels, dropped, small) {
  const [width, height] = [box.width / story.cols, box.height / story.rows];
  const corner = (patch) => [box.x + (patch % story.cols) * width, box.y + Math.floor(patch / story.cols) * height];
  ctx.fillStyle = veil;
  for (let patch = story.words.length; patch < story.patches; patch++)
    ctx.fillRect(...corner(patch), width + 1, height + 1);
  if (small) return;
  ctx.save();
  Object.assign(ctx, {
    textAlign: "center",
    textBaseline: "middle",
    lineJoin: "round",
    strokeStyle: EDGE,
    fillStyle: INK,
  });
  story.words.forEach((word, patch) => {
    const [x, y] = corner(patch);
    const size = Math.min(0.62 * height, 30);
    ctx.font = `600 ${size}px system-ui, sans-serif`;
    const wide = ctx.measureText(word).width;
    if (wide > WIDEST * width) ctx.font = `600 ${(size * WIDEST * width) / wide}px system-ui, sans-serif`;
    ctx.globalAlpha = labels[patch] === dropped ? 0.45 : 1;
    ctx.lineWidth = size / 5;
    ctx.strokeText(word, x + width / 2, y + height / 2);
    ctx.fillText(word, x + width / 2, y + height / 2);
  });
  ctx.restore();
}
