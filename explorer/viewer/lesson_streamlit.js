// Streamlit's component contract for the lesson: called again on the same element when data or theme change; only the
// last returned clean-up is ever run.

import { makeCommit } from "./lesson_link.js";
import { renderLesson, unmountLesson } from "./lesson.js";

export default function ({ data, parentElement, setStateValue }) {
  renderLesson(parentElement, data, { commit: makeCommit(setStateValue) });
  return () => unmountLesson(parentElement);
}
