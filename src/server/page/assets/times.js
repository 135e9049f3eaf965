// Times as people near the page write them.

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const HOUR = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** `14:05` today, else with the day. */
export function shortTime(date) {
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? HOUR.format(date) : `${DAY.format(date)}, ${HOUR.format(date)}`;
}

/** Rewrites each `<time>` in UTC that the server drew. */
export function localise(element) {
  for (const time of element.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    if (!Number.isNaN(date.getTime())) {
      time.textContent = shortTime(date);
      time.title = WHOLE.format(date);
    }
  }
}
