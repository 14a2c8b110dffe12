// Streamlit's component contract for the lesson (see mount.js).

import { mount } from "../viewer/mount.js";
import { renderLesson, unmountLesson } from "./lesson.js";
import { makeCommit } from "./link.js";

/**
 * @param {object} component
 * @param {import("./lesson.js").LessonData} component.data
 * @param {Element} component.parentElement
 * @param {(name: string, value: unknown) => void} component.setStateValue
 */
export default function ({ data, parentElement, setStateValue }) {
  const draw = () => renderLesson(parentElement, data, { commit: makeCommit(setStateValue) });
  return mount(parentElement, draw, unmountLesson);
}
