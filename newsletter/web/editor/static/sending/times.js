// Says a time of the newsletter's zone in the reader's own, beside what the server wrote.

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * The wall clock of a zone, as if it were UTC.
 * @param {Date} moment
 * @param {string} zone
 * @returns {number}
 */
function wall(moment, zone) {
  /** @type {Record<string, string>} */
  const part = {};
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
  });
  for (const { type, value } of format.formatToParts(moment)) part[type] = value;
  return Date.UTC(Number(part.year), Number(part.month) - 1, Number(part.day), Number(part.hour), Number(part.minute));
}

/**
 * The moment of a local time. Of two, the first; undefined for one that the clocks skip.
 * @param {string} local as 2026-11-29T09:00
 * @param {string} zone
 * @returns {Date | undefined}
 */
function momentOf(local, zone) {
  const wanted = Date.parse(`${local}Z`);
  if (Number.isNaN(wanted)) return undefined;
  const day = 24 * 3600 * 1000;
  const offsets = [wanted - day, wanted + day].map((at) => wall(new Date(at), zone) - at);
  return offsets.map((offset) => new Date(wanted - offset)).find((moment) => wall(moment, zone) === wanted);
}

/**
 * @param {Date} moment
 * @param {string} zone
 */
function words(moment, zone) {
  return new Intl.DateTimeFormat(undefined, {
    timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).format(moment);
}

/**
 * @param {Element} after
 * @param {string} zone
 * @param {Date | undefined} moment
 * @param {boolean} withUtc
 */
function say(after, zone, moment, withUtc) {
  const next = after.nextElementSibling;
  const also = next instanceof HTMLElement && next.matches(".also") ? next : document.createElement("span");
  also.className = "also";
  const said = [];
  if (moment && withUtc && zone !== "UTC") said.push(`${words(moment, "UTC")} UTC`);
  if (moment && HERE !== zone && HERE !== "UTC") said.push(`${words(moment, HERE)} for you, in ${HERE}`);
  also.textContent = said.join(" · ");
  if (also !== next) after.after(also);
}

for (const time of document.querySelectorAll("time[data-zone]")) {
  if (time instanceof HTMLTimeElement) say(time, time.dataset.zone ?? "UTC", new Date(time.dateTime), false);
}
for (const field of document.querySelectorAll("input[type=datetime-local][data-zone]")) {
  if (!(field instanceof HTMLInputElement)) continue;
  const zone = field.dataset.zone ?? "UTC";
  const show = () => say(field, zone, momentOf(field.value, zone), true);
  field.addEventListener("input", show);
  show();
}
