// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads /state.json every second and draws it. Everything that comes from the state is written by
// textContent, so that no name is ever markup. Counters are added up from differences: one that is
// smaller than before belongs to a new endpoint.
"use strict";

const INTERVAL = 1000; // ms between two looks
const SAMPLES = 240; // of the chart
const endpoints = new Map(); // "parent\nname" -> what is known of an endpoint
const sections = new Map(); // parent's name -> its elements
let last = null; // the state before, with the time of its arrival
let chosen = null; // key of the endpoint in the panel
let answered = null; // time of the last answer

const byName = new Intl.Collator("en", { numeric: true }).compare;
const $ = (id) => document.getElementById(id);

function element(tag, text, className) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}

// Writes only what differs: most of a thousand rows do not change
function write(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

function scaled(value, unit) {
  const prefixes = ["", "k", "M", "G", "T"];
  let i = 0;
  while (value >= 1000 && i < prefixes.length - 1) {
    value /= 1000;
    i++;
  }
  const digits = value >= 100 || (i === 0 && value === Math.round(value)) ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits) + " " + prefixes[i] + unit;
}

const bits = (bytes) => scaled(bytes * 8, "b/s");
const sum = (counters) => Object.values(counters || {}).reduce((a, b) => a + b, 0);

// The reason with the most drops since the last look, or ever
function mainReason(drops, before) {
  let best = "", most = 0;
  for (const [reason, count] of Object.entries(drops || {})) {
    const more = count - ((before || {})[reason] || 0);
    if (more > most) {
      best = reason;
      most = more;
    }
  }
  return best;
}

function rate(now, before, seconds) {
  return before === undefined || now < before ? 0 : (now - before) / seconds;
}

// Rates of an endpoint against the look before; null: there is none
function rates(ep, before, seconds) {
  const drops = sum(ep.drops);
  const b = ep.receive && before && before.receive ? before : null;
  return {
    rx: b ? rate(ep.receive.bytes, b.receive.bytes, seconds) : 0,
    tx: b ? rate(ep.transmit.bytes, b.transmit.bytes, seconds) : 0,
    packets: b ? rate(ep.receive.packets, b.receive.packets, seconds) +
      rate(ep.transmit.packets, b.transmit.packets, seconds) : 0,
    drops: b ? rate(drops, sum(b.drops), seconds) : 0,
    reason: mainReason(ep.drops, b && b.drops) || mainReason(ep.drops),
  };
}

function newRow(key, name) {
  const row = element("tr"), button = element("button", name);
  button.type = "button";
  button.dataset.key = key;
  const cells = {};
  for (const [id, className] of [["name", ""], ["mode", ""], ["netns", ""], ["rx", "number rx"],
    ["tx", "number tx"], ["drops", "number"], ["reason", ""]]) {
    cells[id] = row.appendChild(element("td", undefined, className));
  }
  cells.name.append(button);
  for (const id of ["rx", "tx"]) {
    const value = element("span"), bar = element("span", undefined, "bar"), fill = element("i");
    bar.setAttribute("aria-hidden", "true");
    bar.append(fill);
    cells[id].append(value, bar);
    cells[id] = { value, fill };
  }
  return { row, button, cells };
}

function take(parent, ep, seconds) {
  const key = parent.name + "\n" + ep.name;
  const known = endpoints.get(key) || { key, history: [], ...newRow(key, ep.name) };
  known.rates = rates(ep, known.ep, seconds);
  known.fresh = !known.ep;
  known.ep = ep;
  known.parent = parent;
  known.seen = last;
  known.history.push([known.rates.rx, known.rates.tx]);
  if (known.history.length > SAMPLES) known.history.shift();
  endpoints.set(key, known);
  return known;
}

function drawRow(known, most) {
  const { ep, rates: r, cells, row } = known;
  row.className = (ep.up ? "" : "down") + (known.key === chosen ? " chosen" : "");
  write(cells.mode, ep.mode + (ep.type === "veth" ? "" : " · " + ep.type) +
    (ep.host ? " · host" : ""));
  write(cells.netns, ep.cni ? ep.cni.container.slice(0, 12) : ep.netns || "");
  for (const id of ["rx", "tx"]) {
    write(cells[id].value, bits(r[id]));
    cells[id].fill.style.width = (most ? Math.round(r[id] / most * 100) : 0) + "%";
  }
  write(cells.drops, r.drops ? scaled(r.drops, "/s") : sum(ep.drops) ? "0 /s" : "");
  cells.drops.classList.toggle("bad", r.drops > 0);
  write(cells.reason, ep.stale ? "out of line: " + ep.stale : r.reason);
}

function newSection(name) {
  const section = element("section"), heading = element("h2", name);
  const about = element("p", undefined, "about"), scroll = element("div", undefined, "scroll");
  const table = element("table"), head = element("tr"), body = element("tbody");
  heading.id = "parent-" + sections.size;
  section.setAttribute("aria-labelledby", heading.id);
  for (const [text, className] of [["endpoint"], ["mode"], ["namespace, container"],
    ["received", "number"], ["sent", "number"], ["dropped", "number"], ["reason"]]) {
    const cell = element("th", text, className);
    cell.scope = "col";
    head.append(cell);
  }
  const thead = element("thead");
  thead.append(head);
  table.append(thead, body);
  scroll.append(table);
  section.append(heading, about, scroll);
  return { section, about, scroll, body };
}

function aboutParent(p, before, seconds) {
  if (p.broken) return "broken: " + p.broken;
  const words = [p.address, p.up ? "up" : "no carrier", "xdp " + p.xdp];
  if (p.guard) words.push("guard");
  if (p.neigh === "direct") words.push("neigh direct");
  if (p.fanout) words.push("fanout");
  const count = sum(p.drops);
  if (count) {
    const now = before && before.drops ? rate(count, sum(before.drops), seconds) : 0;
    words.push(scaled(now, "/s") + " dropped or unknown (" +
      (mainReason(p.drops, before && before.drops) || mainReason(p.drops)) + ")");
  }
  if (p.stale) words.push("out of line: " + p.stale);
  return words.join(" · ");
}

function order(list) {
  const by = $("order").value, name = (a, b) => byName(a.ep.name, b.ep.name);
  const value = (k) => by === "drops" ? k.rates.drops : k.rates.rx + k.rates.tx;
  return list.sort((a, b) => by === "name" ? name(a, b) : value(b) - value(a) || name(a, b));
}

function matches(known, filter) {
  const { ep, parent } = known;
  return [ep.name, ep.ifname, parent.name, ep.mode, ep.netns, ep.address, ep.cni && ep.cni.container]
    .some((text) => text && text.toLowerCase().includes(filter));
}

// Puts the rows in order; the focus stays where it was
function place(body, rows) {
  let at = body.firstElementChild;
  for (const row of rows) {
    if (row === at) at = at.nextElementSibling;
    else body.insertBefore(row, at);
  }
  while (at) {
    const next = at.nextElementSibling;
    at.remove();
    at = next;
  }
}

function drawParents(state) {
  const filter = $("filter").value.trim().toLowerCase(), focused = document.activeElement;
  const most = Math.max(1, ...[...endpoints.values()].map((k) => Math.max(k.rates.rx, k.rates.tx)));
  for (const [name, s] of sections) {
    if (!state.parents.some((p) => p.name === name)) {
      s.section.remove();
      sections.delete(name);
    }
  }
  for (const p of state.parents) {
    if (!sections.has(p.name)) {
      sections.set(p.name, newSection(p.name));
      $("parents").append(sections.get(p.name).section);
    }
    const s = sections.get(p.name);
    const shown = p.known.filter((k) => matches(k, filter));
    write(s.about, p.about);
    s.about.classList.toggle("bad", Boolean(p.broken));
    for (const known of shown) drawRow(known, most);
    place(s.body, order(shown).map((k) => k.row));
    s.scroll.hidden = !shown.length;
  }
  if (focused && focused !== document.activeElement && focused.isConnected) focused.focus();
}

function drawSummary(state) {
  const all = [...endpoints.values()], total = (id) => all.reduce((n, k) => n + k.rates[id], 0);
  const worst = all.reduce((a, k) => k.rates.drops > (a ? a.rates.drops : 0) ? k : a, null);
  write($("sum-rx"), bits(total("rx")));
  write($("sum-tx"), bits(total("tx")));
  write($("sum-drops"), scaled(total("drops"), "/s") +
    (worst ? " · most: " + worst.ep.name + ", " + worst.rates.reason : ""));
  write($("sum-count"), all.length + " · parents " + state.parents.length);
  write($("host"), (state.hostname || "") + (state.netns ? " · " + state.netns : ""));
}

function pairs(list, rows) {
  const wanted = rows.flatMap(([key, value, words]) =>
    [["dt", key], ["dd", value]].concat(words ? [["dd", words, "words"]] : []));
  while (list.children.length > wanted.length) list.lastElementChild.remove();
  wanted.forEach(([tag, text, className], i) => {
    let e = list.children[i];
    if (!e || e.localName !== tag || e.className !== (className || "")) {
      const fresh = element(tag, undefined, className);
      if (e) e.replaceWith(fresh);
      else list.append(fresh);
      e = fresh;
    }
    write(e, String(text));
  });
}

function points(history, at) {
  const most = Math.max(1, ...history.map((h) => Math.max(h[0], h[1])));
  const first = SAMPLES - history.length;
  return history.map((h, i) => (first + i) + "," + (58 - h[at] / most * 56).toFixed(1)).join(" ");
}

function drawDetail(state) {
  const known = chosen && endpoints.get(chosen);
  $("detail").hidden = !known;
  if (!known) return;
  const { ep, parent } = known, yes = (b) => b ? "on" : "off";
  write($("detail-name"), ep.name);
  $("chart-rx").setAttribute("points", points(known.history, 0));
  $("chart-tx").setAttribute("points", points(known.history, 1));
  const drops = Object.entries(ep.drops || {}).sort((a, b) => b[1] - a[1]);
  pairs($("detail-drops"), drops.length
    ? drops.map(([reason, n]) => [reason, n.toLocaleString(), state.reasons[reason]])
    : [["none", ""]]);
  pairs($("detail-counters"), ep.receive ? [
    ["received packets", ep.receive.packets.toLocaleString()],
    ["received octets", ep.receive.bytes.toLocaleString()],
    ["multicast among them", ep.receive.multicast.toLocaleString()],
    ["sent packets", ep.transmit.packets.toLocaleString()],
    ["sent octets", ep.transmit.bytes.toLocaleString()],
    ["packets a second", scaled(known.rates.packets, "/s")],
  ] : []);
  pairs($("detail-record"), [
    ["parent", parent.name], ["mode", ep.mode], ["type", ep.type], ["device", ep.ifname],
    ["namespace", ep.netns || "the parent's, or one without a name"], ["MAC", ep.address],
    ...ep.addresses.map((a) => ["MAC beside it", a]), ["MTU", ep.mtu],
    ["state", ep.up ? "up" : "down"], ["host access", yes(ep.host)],
    ["spoof check", yes(ep.spoofchk)], ["trust", yes(ep.trust)],
    ...(ep.cni ? [["network", ep.cni.network], ["container", ep.cni.container]] : []),
    ...(ep.stale ? [["out of line", ep.stale]] : []),
  ]);
}

function draw(state) {
  drawParents(state);
  drawSummary(state);
  drawDetail(state);
}

function update(state) {
  const now = performance.now();
  const seconds = last ? Math.max(0.001, (now - last.at) / 1000) : 1;
  const present = new Set();
  state.at = now;
  for (const p of state.parents) {
    p.known = p.endpoints.map((ep) => take(p, ep, seconds));
    p.known.forEach((k) => present.add(k.key));
    p.about = aboutParent(p, last && last.parents.find((o) => o.name === p.name), seconds);
  }
  for (const key of endpoints.keys()) if (!present.has(key)) endpoints.delete(key);
  if (chosen && !present.has(chosen)) chosen = null;
  draw(state);
  last = state;
}

function say(text, bad) {
  write($("status"), text);
  $("status").classList.toggle("bad", bad);
}

async function look() {
  try {
    if (!$("pause").checked) {
      const response = await fetch("/state.json", { cache: "no-store" });
      if (!response.ok) throw new Error("the server answers " + response.status);
      update(await response.json());
      answered = new Date();
      say(last.watcher ? "live · the watcher runs" : "live · the watcher does not run", false);
    } else {
      say("paused", false);
    }
  } catch (error) {
    say("no state since " + (answered ? answered.toLocaleTimeString() : "the beginning") + ": " +
      error.message, true);
  }
  setTimeout(look, INTERVAL);
}

function choose(key) {
  chosen = key;
  if (last) draw(last);
}

// Up and down go from endpoint to endpoint
function step(from, by) {
  const all = [...document.querySelectorAll("td button")];
  const next = all[all.indexOf(from) + by];
  if (next) next.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("td button");
  if (!button) return;
  choose(button.dataset.key);
  $("detail").focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  const button = event.target.closest("td button");
  if (event.key === "Escape" && chosen) {
    const known = endpoints.get(chosen);
    choose(null);
    if (known) known.button.focus();
  } else if (event.key === "/" && !event.target.matches("input")) {
    event.preventDefault();
    $("filter").focus();
  } else if (button && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    step(button, event.key === "ArrowDown" ? 1 : -1);
  }
});

$("detail-close").addEventListener("click", () => {
  const known = endpoints.get(chosen);
  choose(null);
  if (known) known.button.focus();
});
$("filter").addEventListener("input", () => last && draw(last));
$("order").addEventListener("change", () => last && draw(last));
$("controls").addEventListener("submit", (event) => event.preventDefault());
look();
