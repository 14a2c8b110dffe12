// Photos by name, for all components of the page: a story that changes with r need not bring its photo again.

const NAMED = "photo:";
const MOST = 8;

const photos = (globalThis.tomePhotos ??= { addresses: new Map(), waiting: new Map() });

/** Make `address`, a data URL, known as `name`; of many the oldest is forgotten. */
export function putPhoto(name, address) {
  const { addresses, waiting } = photos;
  addresses.delete(name);
  addresses.set(name, address);
  if (addresses.size > MOST) addresses.delete(addresses.keys().next().value);
  for (const use of waiting.get(name) ?? []) use(address);
  waiting.delete(name);
}

/** Call use(address) for a story's `src`: at once, or as soon as the photo that it names is there. */
export function withPhoto(src, use) {
  const { addresses, waiting } = photos;
  if (!src.startsWith(NAMED)) use(src);
  else if (addresses.has(src)) use(addresses.get(src));
  else waiting.set(src, [...(waiting.get(src) ?? []), use]);
}
