// Streamlit's component contract for the lesson (see mount.js).

import { renderLesson, unmountLesson } from "./lesson.js";
import { makeCommit } from "./lesson_link.js";
import { mount } from "./mount.js";

export default function ({ data, parentElement, setStateValue }) {
  const draw = () => renderLesson(parentElement, data, { commit: makeCommit(setStateValue) });
  return mount(parentElement, draw, unmountLesson);
}
