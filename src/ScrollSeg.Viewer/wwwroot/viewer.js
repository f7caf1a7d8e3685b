// The page: state in, two requests out, two canvases drawn. Positions are voxels, always in the order z, y, x.

const AXES = ["z", "y", "x"];
const STALE_AFTER = 250; // ms: an answer older than this is not waited for when another slice is wanted

const at = id => document.getElementById(id);
const stage = at("stage");
const picture = at("picture");

let volume;
let axis = 0;
let position = [0, 0, 0];
let window_ = { low: 0, high: 1 };
let loading = null;
let isPending = false;
let shown = null; // the resolution of what is drawn

const planeAxes = () => [0, 1, 2].filter(other => other !== axis);
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const short = number => String(Number(number.toPrecision(6)));

async function fetchChecked(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) {
    throw new Error((await response.text()).trim());
  }
  return response;
}

function report(error) {
  at("problem").textContent = error ? error.message : "";
  at("problem").hidden = !error;
}

// ---- what is asked for

function sliceUrl() {
  const query = new URLSearchParams(window_);
  if (at("level").value !== "") {
    query.set("level", at("level").value);
  }
  return `/slice/${AXES[axis]}/${position[axis]}.png?${query}`;
}

function maskUrl() {
  return volume.mask && at("maskOn").checked
    ? `/mask/${AXES[axis]}/${position[axis]}.png?style=${at("maskStyle").value}`
    : null;
}

async function load(signal) {
  const mask = maskUrl();
  const bitmap = async url => {
    const response = await fetchChecked(url, signal);
    return { headers: response.headers, image: await createImageBitmap(await response.blob()) };
  };
  const [slice, over] = await Promise.all([bitmap(sliceUrl()), mask ? bitmap(mask) : null]);
  draw(at("slice"), slice.image);
  at("mask").hidden = !over;
  if (over) {
    draw(at("mask"), over.image);
  }
  shown = { level: Number(slice.headers.get("X-Level")), step: slice.headers.get("X-Step").split(",").map(Number) };
}

// One request at a time: the one under way is finished, so that slices pass by while the wheel turns, unless it is slow.
async function update() {
  showState();
  if (loading) {
    isPending = true;
    if (performance.now() - loading.since > STALE_AFTER) {
      loading.stop.abort();
    }
    return;
  }

  do {
    isPending = false;
    loading = { stop: new AbortController(), since: performance.now() };
    try {
      await load(loading.stop.signal);
      report(null);
    } catch (error) {
      if (error.name !== "AbortError") {
        loading.stop.abort(); // the other of the two
        report(error);
      }
    }
    loading = null;
    showState();
  } while (isPending);
}

function draw(canvas, image) {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").drawImage(image, 0, 0);
  image.close();
}

// ---- what is shown

function voxelsText([z, y, x]) {
  return `z ${z}, y ${y}, x ${x}`;
}

function micrometresText(place) {
  const size = volume.voxelSizeMicrometres;
  return size ? `  (${place.map((voxel, i) => (voxel * size[i]).toFixed(1)).join(", ")} µm)` : "";
}

function levelText() {
  if (!shown) {
    return "";
  }
  const parts = [];
  if (shown.level > 0) {
    const name = volume.levels[shown.level].name;
    parts.push(`resolution ${name ?? shown.level}`);
  }
  if (Math.max(...shown.step) > 1) {
    parts.push(`one pixel for ${shown.step.join(" × ")} voxels, the first of them`);
  }
  return parts.length ? `  ·  shown: ${parts.join(", ")}` : "";
}

function showPosition(place, what) {
  at("position").textContent = `${what}: ${voxelsText(place)}${micrometresText(place)}${levelText()}`;
}

function showState() {
  const last = volume.shape[axis] - 1;
  for (const id of ["index", "indexNumber"]) {
    at(id).max = last;
    at(id).value = position[axis];
  }
  at("indexName").textContent = `${AXES[axis]}, 0 to ${last}`;
  document.querySelector(`input[name="axis"][value="${AXES[axis]}"]`).checked = true;
  for (const end of ["low", "high"]) {
    at(end).value = window_[end];
    if (document.activeElement !== at(`${end}Number`)) {
      at(`${end}Number`).value = short(window_[end]);
    }
  }
  at("mask").style.opacity = at("opacity").value / 100;
  at("opacityText").textContent = `${at("opacity").value} %`;
  at("slice").setAttribute("aria-label", `Slice ${position[axis]} along ${AXES[axis]}`);
  layOut();
  showPosition(position, "Marker");
}

/** Sizes the picture so that its sides are in the proportion of the volume's edges, not of its pixels. */
function layOut() {
  const size = volume.voxelSizeMicrometres ?? [1, 1, 1];
  const [row, column] = planeAxes();
  const finest = Math.min(size[row], size[column]);
  const height = volume.shape[row] * size[row] / finest;
  const width = volume.shape[column] * size[column] / finest;
  const fit = Math.min(stage.clientWidth / width, stage.clientHeight / height);
  const scale = Number(at("zoom").value) || fit;
  picture.style.width = `${width * scale}px`;
  picture.style.height = `${height * scale}px`;
  picture.classList.toggle("magnified", width * scale > at("slice").width);
  for (const [id, side, along] of [["across", "top", row], ["down", "left", column]]) {
    at(id).hidden = !at("markerOn").checked;
    at(id).style[side] = `${(position[along] + 0.5) / volume.shape[along] * 100}%`;
  }
}

// ---- what people do

function goTo(index) {
  position[axis] = clamp(Math.round(Number(index) || 0), 0, volume.shape[axis] - 1);
  update();
}

function turnTo(next) {
  axis = next;
  update();
}

function setWindow(low, high, moved) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) {
    return;
  }
  if (low >= high) { // the end that is moved stops before the other
    const least = (volume.range.high - volume.range.low) / 1000;
    [low, high] = moved === "low" ? [high - least, high] : [low, low + least];
  }
  window_ = { low, high };
  update();
}

function placeUnder(event) {
  const area = picture.getBoundingClientRect();
  const [row, column] = planeAxes();
  const place = [...position];
  const along = (offset, length, extent) => clamp(Math.floor(offset / length * extent), 0, extent - 1);
  place[row] = along(event.clientY - area.top, area.height, volume.shape[row]);
  place[column] = along(event.clientX - area.left, area.width, volume.shape[column]);
  return place;
}

function moveMarker(key) {
  const [row, column] = planeAxes();
  const along = key === "ArrowUp" || key === "ArrowDown" ? row : column;
  const by = key === "ArrowUp" || key === "ArrowLeft" ? -1 : 1;
  position[along] = clamp(position[along] + by, 0, volume.shape[along] - 1);
  showState();
  follow();
}

/** Scrolls a magnified picture until the marker is in sight, which is how the keyboard gets around in it. */
function follow() {
  const [row, column] = planeAxes();
  const margin = 40;
  for (const [along, scroll, view, length] of [[row, "scrollTop", "clientHeight", "height"], [column, "scrollLeft", "clientWidth", "width"]]) {
    const place = (position[along] + 0.5) / volume.shape[along] * picture.getBoundingClientRect()[length];
    stage[scroll] = clamp(stage[scroll], place + margin - stage[view], place - margin);
  }
}

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };

function onKey(event) {
  const isText = event.target.matches("input[type=number], select");
  if (event.ctrlKey || event.altKey || event.metaKey || isText) {
    return;
  }
  const ownsArrows = event.target.matches("input[type=range], input[type=radio]");
  if (event.key in STEPS && !ownsArrows) {
    event.preventDefault();
    if (event.shiftKey && event.key.startsWith("Arrow")) {
      moveMarker(event.key);
    } else {
      goTo(clamp(position[axis] + STEPS[event.key], 0, volume.shape[axis] - 1));
    }
  } else if (AXES.includes(event.key.toLowerCase())) {
    turnTo(AXES.indexOf(event.key.toLowerCase()));
  } else if (event.key.toLowerCase() === "m" && volume.mask) {
    at("maskOn").checked = !at("maskOn").checked;
    update();
  }
}

let turned = 0; // pixels of wheel travel not yet turned into slices

function onWheel(event) {
  if (event.ctrlKey) {
    return; // the browser's own zoom
  }
  event.preventDefault();
  turned += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * 40;
  const slices = Math.trunc(turned / 40);
  if (slices !== 0) {
    turned -= slices * 40;
    goTo(position[axis] + clamp(slices, -3, 3));
  }
}

function listen() {
  at("controls").addEventListener("submit", event => event.preventDefault());
  for (const input of document.querySelectorAll("input[name=axis]")) {
    input.addEventListener("change", () => turnTo(AXES.indexOf(input.value)));
  }
  at("index").addEventListener("input", () => goTo(at("index").value));
  at("indexNumber").addEventListener("change", () => goTo(at("indexNumber").value));
  for (const end of ["low", "high"]) {
    const set = value => setWindow(end === "low" ? value : window_.low, end === "high" ? value : window_.high, end);
    at(end).addEventListener("input", () => set(Number(at(end).value)));
    at(`${end}Number`).addEventListener("change", () => set(at(`${end}Number`).valueAsNumber));
  }
  at("automatic").addEventListener("click", () => setWindow(volume.window.low, volume.window.high));
  for (const id of ["maskOn", "maskStyle", "level"]) {
    at(id).addEventListener("change", update);
  }
  for (const id of ["opacity", "markerOn"]) {
    at(id).addEventListener("input", showState);
  }
  at("zoom").addEventListener("input", () => {
    showState();
    follow();
  });
  document.addEventListener("keydown", onKey);
  stage.addEventListener("wheel", onWheel, { passive: false });
  picture.addEventListener("pointermove", event => showPosition(placeUnder(event), "Pointer"));
  picture.addEventListener("pointerleave", () => showPosition(position, "Marker"));
  picture.addEventListener("click", event => {
    position = placeUnder(event);
    showState();
  });
  new ResizeObserver(layOut).observe(stage);
}

function describe() {
  const name = volume.path.split(/[\\/]/).filter(part => part).at(-1) ?? volume.path;
  document.title = `${name} - ScrollSeg`;
  at("name").textContent = name;
  at("name").title = volume.path;
  const size = volume.voxelSizeMicrometres;
  at("facts").textContent = [
    `${volume.shape.join(" × ")} voxels (z, y, x)`,
    volume.type,
    size ? `${size.map(short).join(" × ")} µm` : "voxel size not given",
    volume.format,
    volume.mask ? `mask: ${volume.mask.path}` : "no mask",
  ].join("  ·  ");
  at("maskControls").hidden = !volume.mask;
  volume.levels.forEach((level, i) => {
    at("level").add(new Option(`${level.name ?? i}: ${level.shape.join(" × ")}`, i));
  });
  for (const end of ["low", "high"]) {
    at(end).min = volume.range.low;
    at(end).max = volume.range.high;
  }
}

try {
  volume = await (await fetchChecked("/api/volume")).json();
  position = volume.shape.map(extent => Math.floor(extent / 2));
  window_ = { ...volume.window };
  describe();
  listen();
  stage.focus();
  await update();
} catch (error) {
  report(error);
}
