// Streamlit's component contract for the lesson (see mount.js).

import { makeCommit } from "./lesson_link.js";
import { cleanUp } from "./mount.js";
import { renderLesson, unmountLesson } from "./lesson.js";

export default function ({ data, parentElement, setStateValue }) {
  renderLesson(parentElement, data, { commit: makeCommit(setStateValue) });
  return cleanUp(parentElement, unmountLesson);
}
