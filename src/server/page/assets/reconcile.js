// A list on the screen: what is the same stays untouched, so that nothing flickers, no selection is lost
// and no focus jumps.

/**
 * Makes the children of `place` what `wanted` says: `[{ key, stamp, draw, update? }]`. A child is drawn
 * anew only if its stamp changed, and only if it can't be updated where it is.
 */
export function reconcile(place, wanted) {
  const known = new Map(Array.from(place.children, (child) => [child.dataset.key, child]));
  let before = null;
  for (const { key, stamp, draw, update } of wanted) {
    const element = current(known.get(key), { key, stamp, draw, update });
    known.delete(key);
    const next = before === null ? place.firstElementChild : before.nextElementSibling;
    if (element !== next) {
      place.insertBefore(element, next);
    }
    before = element;
  }
  known.forEach((element) => element.remove());
}

function current(element, { key, stamp, draw, update }) {
  if (element !== undefined && element.stamp === stamp) {
    return element;
  }
  if (element !== undefined && update?.(element)) {
    element.stamp = stamp;
    return element;
  }
  const drawn = draw();
  drawn.dataset.key = key;
  drawn.stamp = stamp;
  if (element !== undefined) {
    element.replaceWith(drawn);
  }
  return drawn;
}

/**
 * Answers after their questions. The record has them in the order in which they were said: a question
 * that is asked while an answer comes stands before that answer there.
 */
export function inOrder(items) {
  const placed = new Map();
  for (const item of items) {
    const question = placed.get(item.answers);
    if (question === undefined) {
      placed.set(item.key, [item]);
    } else {
      question.push(item);
    }
  }
  return [...placed.values()].flat();
}
