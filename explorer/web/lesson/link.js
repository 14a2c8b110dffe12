// What a reader chose in the lesson or the playground goes into the link.

import { writeAddress } from "../page/address.js";

/** What changes in the link with `name`. An r that was dragged belongs to the layer it was dragged in. */
export function changesWith(name, value) {
  return name === "layer" ? { edges: null, layer: value } : { [name]: value };
}

export function makeCommit(setStateValue) {
  return (name, value) => {
    writeAddress(changesWith(name, value));
    setStateValue(name, value);
  };
}
