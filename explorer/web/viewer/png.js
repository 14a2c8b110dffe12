// The origin of a view inside a PNG, where the app looks for it when the file is dropped on it.

const KEY = "tome-view"; // as in explorer/export/raster.py
const HEAD = 33; // bytes of signature and IHDR, which comes first
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

/** @param {Uint8Array} bytes */
function checksum(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 255] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

/**
 * The bytes of a PNG with `origin`, JSON, in an iTXt chunk.
 * @param {Uint8Array} png @param {string} origin
 */
export function withOrigin(png, origin) {
  // Keyword, end of it, not compressed, and neither language nor translation.
  const body = new TextEncoder().encode(`iTXt${KEY}\0\0\0\0\0${origin}`);
  const chunk = new Uint8Array(body.length + 8);
  const numbers = new DataView(chunk.buffer);
  numbers.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  numbers.setUint32(body.length + 4, checksum(body));
  const whole = new Uint8Array(png.length + chunk.length);
  whole.set(png.subarray(0, HEAD));
  whole.set(chunk, HEAD);
  whole.set(png.subarray(HEAD), HEAD + chunk.length);
  return whole;
}
