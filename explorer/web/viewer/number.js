// Numbers in words.

/**
 * A value with fixed decimals; one that rounds to zero has no sign.
 * @param {number} value @param {number} decimals
 */
export function fixed(value, decimals) {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/**
 * Both ends of a scale, with as many decimals as tell them apart: export/legend.py has the same.
 * @param {{low: number, high: number}} range
 */
export function endsOf({ low, high }) {
  const decimals = Math.max(2, 1 - Math.floor(Math.log10(high - low || 1)));
  return [low, high].map((value) => (decimals < 6 ? fixed(value, decimals) : value.toExponential(1)));
}
