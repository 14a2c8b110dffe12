// Numbers as readers see them: thousands have a comma, and a minus sign is no hyphen. Sizes in pixels, names and years have no
// comma: they are passed as text. explorer/locale/numbers.py has the same.

/** @param {string} text */
function written(text) {
  const [whole, ...rest] = text.split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join(".").replace("-", "−");
}

/** @param {number} value */
export const numeral = (value) => written(String(value));

/**
 * A value with fixed decimals; one that rounds to zero has no sign.
 * @param {number} value @param {number} decimals
 */
export function fixed(value, decimals) {
  const text = value.toFixed(decimals);
  return written(Number(text) === 0 ? text.replace("-", "") : text);
}

/**
 * Both ends of a scale, with as many decimals as tell them apart: export/legend.py has the same.
 * @param {{low: number, high: number}} range
 */
export function endsOf({ low, high }) {
  const decimals = Math.max(2, 1 - Math.floor(Math.log10(high - low || 1)));
  return [low, high].map((value) => (decimals < 6 ? fixed(value, decimals) : written(value.toExponential(1))));
}
