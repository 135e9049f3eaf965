// What the widget says of itself: to a screen reader, and in a line above the conversation. What is
// said there is about what was done last: it goes with the next deed, and with its conversation.

export class Notices {
  /** `leave` is where the focus goes once a notice is gone. */
  constructor({ status, notice, leave }) {
    Object.assign(this, { status, notice, leave });
    this.act = null;
    this.isOver = null;
    this.wasBusy = false;
    this.wasTalk = null;
  }

  announce(text) {
    this.status.textContent = "";
    // The same words twice are said twice only if the text changed between.
    requestAnimationFrame(() => (this.status.textContent = text));
  }

  /** Of the conversation that is shown now. */
  tellOfReplies(talk) {
    const isBusy = talk.replies.size > 0;
    if (isBusy && !this.wasBusy) {
      this.announce("The AI is answering");
    } else if (!isBusy && this.wasBusy && this.wasTalk === talk) {
      const isWhole = talk.picture?.unanswered === null;
      this.announce(isWhole ? "The answer is complete" : "The answer is not whole");
    }
    this.wasBusy = isBusy;
    this.wasTalk = talk;
  }

  /** `label` is on a button that does `act`; it goes by itself once `isOver()`. */
  notify(text, { label = null, act = null, isOver = null } = {}) {
    const [said, button] = this.notice.children;
    said.textContent = text;
    button.textContent = label ?? "";
    button.hidden = label === null;
    this.notice.hidden = false;
    this.act = act;
    this.isOver = isOver;
    this.announce(text);
  }

  dismiss() {
    this.hide();
    this.leave();
  }

  hide() {
    this.notice.hidden = true;
    this.act = null;
    this.isOver = null;
  }

  /** Something else is done now; what can be undone may be undone still. */
  pass() {
    if (this.act === null) {
      this.hide();
    }
  }

  look() {
    if (this.isOver?.()) {
      this.hide();
    }
  }

  answer() {
    const { act } = this;
    this.dismiss();
    act();
  }
}
