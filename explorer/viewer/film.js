// The filmstrip: a thumbnail per layer.

import { clampLayer } from "./story.js";
import { makeScene } from "./scene.js";
import { paintFrame } from "./paint.js";
import { element } from "./controls.js";

const FRAME_WIDTH = 72;

/** A button per layer; paint(look) draws the pictures, show(layer) marks the current one and brings it into view. */
export function makeFilmstrip(story, last, onJump) {
  const [width, height] = [2 * FRAME_WIDTH, Math.round((2 * FRAME_WIDTH * story.picture.height) / story.picture.width)];
  const frames = Array.from({ length: last + 1 }, (_, layer) => {
    const canvas = element("canvas", { width, height, "aria-hidden": "true" });
    const label = element("span", {}, String(layer));
    const button = element("button", {
      type: "button", class: "tome-frame", "aria-label": `Go to layer ${layer}`, click: () => onJump(layer),
    }, canvas, label);
    return { canvas, button };
  });
  const strip = element("div", { class: "tome-film", role: "group", "aria-label": "Layers" },
    ...frames.map((frame) => frame.button));
  return {
    strip,
    paint({ fill, largest, veil }) {
      const scene = makeScene(story, width, height, veil);
      frames.forEach(({ canvas }, layer) => {
        paintFrame(canvas.getContext("2d"), scene, clampLayer(layer, story.last), { fill, largest, small: true });
      });
    },
    show(layer) {
      const { offsetLeft, offsetWidth } = frames[layer].button;
      const hidden = offsetLeft + offsetWidth + 4 - strip.clientWidth;
      strip.scrollLeft = Math.min(Math.max(strip.scrollLeft, hidden), offsetLeft - 4);
      frames.forEach(({ button }, i) => {
        if (i === layer) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      });
    },
  };
}
