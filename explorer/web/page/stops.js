// The article: report the stop in view while scrolling, and scroll to a requested one.

const DOWN = 0.65; // share of the window's height at which a stop counts as in view: scrolling down, before its picture
const UP = 0.35;
const PATIENCE = 40; // attempts to find the stops of a page while it is drawn
const SETTLED_MS = 150; // scrolling past a stop does not request its picture
const SCROLLING = ["wheel", "touchmove", "pointerdown", "keydown"]; // what a reader scrolls with

/**
 * The stop at the reading line. `boxes` hold top and bottom of each, relative to the window of `height`.
 * @param {{ top: number }[]} boxes @param {number} height @param {boolean} down
 */
export function stopInView(boxes, height, down) {
  const line = height * (down ? DOWN : UP);
  const found = boxes.findLastIndex(({ top }) => top <= line);
  return Math.max(found, 0) + 1;
}

export class Stops {
  /**
   * tell(stop) is called for each stop that comes into view.
   * @param {{ tell: (stop: number) => void }} events
   */
  constructor({ tell }) {
    this.tell = tell;
    // Streamlit's own element, which exists before ours.
    this.scroller = document.querySelector("[data-testid=stMain]") ?? document.documentElement;
    this.here = 1;
    /** @type {string | null} */
    this.leap = null;
    this.size = "";
    this.top = 0;
    this.alone = false; // whether only the stop in view is shown, as in Present
    /** @type {{ stop: number, top: number | null } | null} the stop to stay at until the reader scrolls */
    this.held = null;
    /** @type {ResizeObserver | null} */
    this.observer = null;
    this.onScroll = () => this.look();
    this.onReader = () => {
      this.held = null;
    };
    this.onResize = () => this.forgetHeights();
  }

  sections() {
    /** @type {NodeListOf<HTMLElement>} */
    const found = document.querySelectorAll("[class*='st-key-stop_']");
    return [...found];
  }

  /**
   * Start at `stop`; a new `leap` scrolls to it.
   * @param {number} stop @param {string} leap
   */
  show(stop, leap) {
    this.observer ??= this.attach();
    for (const section of this.sections()) this.observer.observe(section);
    this.keepHeights();
    const first = this.leap === null;
    const leaps = leap !== this.leap && !(first && stop === 1);
    this.leap = leap;
    if (first || leaps) this.here = stop;
    this.mark();
    if (leaps) this.bring(stop);
    else if (this.held && stop !== this.here) this.tellSettled(); // another one was told just before the leap
  }

  attach() {
    this.top = this.scroller.scrollTop;
    this.size = this.sizeNow();
    this.scroller.addEventListener("scroll", this.onScroll, { passive: true });
    for (const name of SCROLLING) addEventListener(name, this.onReader, { passive: true, capture: true });
    addEventListener("resize", this.onResize);
    return new ResizeObserver(() => this.stay());
  }

  /** @param {number} stop */
  bring(stop, patience = PATIENCE) {
    const sections = this.sections();
    if (sections.length < 2 && patience) {
      this.waiting = setTimeout(() => this.bring(stop, patience - 1), SETTLED_MS); // the page is not complete yet
      return;
    }
    this.hold(stop);
  }

  /**
   * Stay at `stop`, at its start or `top` pixels from the window's, while pictures around it come and go.
   * @param {number} stop @param {number | null} [top]
   */
  hold(stop, top = null) {
    this.held = { stop, top };
    this.stay();
  }

  stay() {
    if (!this.held || this.alone) return;
    const { stop, top } = this.held;
    const section = this.sections()[stop - 1];
    if (!section) return;
    if (top === null) section.scrollIntoView({ block: "start", behavior: "instant" });
    else this.scroller.scrollTop += section.getBoundingClientRect().top - top;
    this.top = this.scroller.scrollTop;
  }

  look() {
    if (this.alone) return;
    this.keepHeights();
    if (this.held) return;
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    const down = scrollTop >= this.top;
    this.top = scrollTop;
    const boxes = this.sections().map((section) => section.getBoundingClientRect());
    if (!boxes.length) return;
    const ended = scrollTop + clientHeight >= scrollHeight - 2;
    const stop = ended && down ? boxes.length : stopInView(boxes, clientHeight, down);
    if (stop === this.here) return;
    this.here = stop;
    this.mark();
    this.tellSettled();
  }

  /** Tell the stop in view unless another one comes into view at once. */
  tellSettled() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(this.here), SETTLED_MS);
  }

  /** Keep a stop's height when its picture is removed, so that the content below does not jump. */
  keepHeights() {
    if (this.alone) return;
    for (const section of this.sections()) {
      const height = section.getBoundingClientRect().height;
      if (height > (Number.parseFloat(section.style.minHeight) || 0)) section.style.minHeight = `${height}px`;
    }
  }

  sizeNow() {
    return `${this.scroller.clientWidth} ${this.scroller.clientHeight}`;
  }

  /** In a window of another size pictures have other heights. Full screen keeps the heights for the way back. */
  forgetHeights() {
    if (this.alone || this.sizeNow() === this.size) return;
    this.size = this.sizeNow();
    for (const section of this.sections()) section.style.minHeight = "";
    this.stay();
  }

  /**
   * Show only the stop `by` positions further.
   * @param {number} by
   */
  step(by) {
    const last = this.sections().length;
    this.here = Math.max(1, Math.min(last, this.here + by));
    this.mark();
    this.scroller.scrollTop = 0;
    this.tellSettled();
  }

  /** Show only the stop in view; return a function that shows all stops again, at the one shown last. */
  present() {
    const here = this.here;
    const top = this.sections()[here - 1]?.getBoundingClientRect().top ?? null;
    this.alone = true;
    this.mark();
    setTimeout(() => {
      this.scroller.scrollTop = 0; // after the other stops are hidden
    });
    return () => {
      this.alone = false;
      this.mark();
      this.hold(this.here, this.here === here ? top : null);
      clearTimeout(this.timer);
      this.tell(this.here);
    };
  }

  mark() {
    for (const [index, section] of this.sections().entries()) {
      section.toggleAttribute("data-here", index + 1 === this.here);
    }
    const numbers = document.querySelector(".st-key-turn [role=radiogroup]");
    if (numbers) numbers.scrollLeft = (numbers.scrollWidth * (this.here - 4)) / 10; // in case they do not all fit
  }

  stop() {
    clearTimeout(this.timer);
    clearTimeout(this.waiting);
    this.scroller.removeEventListener("scroll", this.onScroll);
    for (const name of SCROLLING) removeEventListener(name, this.onReader, { capture: true });
    this.observer?.disconnect();
    removeEventListener("resize", this.onResize);
  }
}
