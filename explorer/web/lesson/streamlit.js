// Streamlit's component contract for the lesson (see mount.js).

import { renderLesson, unmountLesson } from "./lesson.js";
import { mountLinked } from "./link.js";

/** @param {import("./link.js").Component<import("./lesson.js").LessonData>} component */
export default function (component) {
  return mountLinked(component, renderLesson, unmountLesson);
}
