// Scrolling that belongs to the reader: the newest is kept in view only for one who is there.

const NEAR = 48;

export class Scroll {
  /** `jump` is the button that leads to what is new. */
  constructor(area, jump) {
    this.area = area;
    this.jump = jump;
    this.isAtEnd = true;
    this.top = 0;
    this.place = null;
    area.addEventListener("scroll", () => this.look(), { passive: true });
    jump.addEventListener("click", () => {
      this.toEnd();
      area.focus({ preventScroll: true });
    });
    this.sizes = new ResizeObserver(() => this.isAtEnd && this.toEnd());
    this.sizes.observe(area);
  }

  /** What grows by itself within the area takes nobody away from the end. */
  follow(content) {
    this.sizes.observe(content);
  }

  look() {
    if (this.area.clientHeight === 0) {
      return;
    }
    const { scrollHeight, scrollTop, clientHeight } = this.area;
    const isNear = scrollHeight - scrollTop - clientHeight < NEAR;
    // What grew below since then is not the reader's leaving.
    this.isAtEnd = isNear || (this.isAtEnd && scrollTop >= this.top);
    this.top = scrollTop;
    if (this.isAtEnd) {
      this.jump.hidden = true;
    }
  }

  toEnd() {
    this.area.scrollTop = this.area.scrollHeight;
    this.top = this.area.scrollTop;
    this.isAtEnd = true;
    this.jump.hidden = true;
  }

  /** Changes what is shown and leaves the reader where they are. `isNews` if something came at the end. */
  keep(change, isNews = false) {
    if (this.isAtEnd) {
      change();
      this.toEnd();
      return;
    }
    const anchor = this.firstSeen();
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (anchor?.isConnected) {
      this.area.scrollTop += anchor.getBoundingClientRect().top - before;
    }
    if (isNews) {
      this.jump.hidden = false;
    }
  }

  firstSeen() {
    const top = this.area.getBoundingClientRect().top;
    const seen = Array.from(this.area.querySelectorAll("article"));
    return seen.find((article) => article.getBoundingClientRect().bottom > top);
  }

  /** A hidden element forgets where it was. */
  leave() {
    this.place = this.isAtEnd ? null : this.area.scrollTop;
  }

  comeBack() {
    if (this.place === null) {
      this.toEnd();
    } else {
      this.area.scrollTop = this.place;
    }
  }
}
