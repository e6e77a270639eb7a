/* The heat of incidents on a Leaflet map: blobs, and a player that goes through the frames. */
(function () {
  "use strict";

  const COLOURS = ["#fdd27a", "#f9a34c", "#ea6c34", "#c63a25", "#86131f"];
  const RADIUS = 16;
  const SECONDS_A_FRAME = 0.7;

  /** What counts as full heat at this zoom: nearly the densest spot of all frames. */
  function fullHeat(map, cells, frames) {
    const side = RADIUS;
    const spots = cells.map(([lat, lon]) => {
      const at = map.project([lat, lon]);
      return Math.floor(at.x / side) + ":" + Math.floor(at.y / side);
    });
    const sums = [];
    for (const frame of frames) {
      const bySpot = new Map();
      for (let i = 0; i < frame.length; i += 2) {
        const spot = spots[frame[i]];
        bySpot.set(spot, (bySpot.get(spot) || 0) + frame[i + 1]);
      }
      sums.push(...bySpot.values());
    }
    sums.sort((a, b) => a - b);
    return Math.max(2, sums[Math.floor(sums.length * 0.985)] || 0);
  }

  function blobLayer(map) {
    const gradient = {};
    COLOURS.forEach((colour, i) => (gradient[0.15 + (0.85 * i) / (COLOURS.length - 1)] = colour));
    // maxZoom 0: no fading with the zoom; the scale is chosen for each zoom instead.
    const options = { radius: RADIUS, blur: 14, maxZoom: 0, minOpacity: 0.18, gradient };
    return L.heatLayer([], options).addTo(map);
  }

  function points(cells, frame) {
    const found = [];
    for (let i = 0; i < frame.length; i += 2) {
      const [lat, lon] = cells[frame[i]];
      found.push([lat, lon, frame[i + 1]]);
    }
    return found;
  }

  /** Heat without a player; `cells` are [lat, lon], `counts` their numbers. */
  window.gridmapBlobs = function (map, cells, counts) {
    map.whenReady(() => {
      const blobs = blobLayer(map);
      const frame = counts.flatMap((n, i) => [i, n]);
      const draw = () => {
        blobs.setOptions({ max: fullHeat(map, cells, [frame]) });
        blobs.setLatLngs(points(cells, frame));
      };
      map.on("zoomend", draw);
      draw();
    });
  };

  function element(tag, parent, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  }

  function panel(data) {
    const box = element("section", document.body, "heat-panel");
    element("h1", box, "", data.title);
    element("p", box, "heat-note", data.frames.length ? data.note : "没有事件 no incidents");
    const totals = element("dl", box, "heat-totals");
    for (const [label, count] of data.totals) {
      element("dt", totals, "", label);
      element("dd", totals, "", count.toLocaleString("zh-CN"));
    }
    const legend = element("div", box, "heat-legend");
    element("span", legend, "", "少 low");
    element("i", legend).style.background = `linear-gradient(to right, ${COLOURS.join(", ")})`;
    element("span", legend, "", "多 high");
    const list = element("ol", box, "heat-townships");
    const rows = data.townships.map(({ name }) => {
      const row = element("li", list);
      element("span", row, "", name);
      return { bar: element("i", row), count: element("b", row) };
    });
    return function show(counts) {
      const most = Math.max(1, ...counts);
      counts.forEach((count, i) => {
        rows[i].count.textContent = count.toLocaleString("zh-CN");
        rows[i].bar.style.setProperty("--part", count / most);
      });
    };
  }

  function controls(data, show) {
    const bar = element("nav", document.body, "heat-player");
    const play = element("button", bar, "heat-play", "▶");
    const whole = element("button", bar, "heat-whole", "全部 all");
    const slider = element("input", bar);
    const label = element("output", bar);
    Object.assign(slider, { type: "range", min: 0, max: data.frames.length - 1, value: 0 });
    slider.setAttribute("aria-label", "时间 time");
    play.title = "播放 play";
    let timer = 0;

    function go(frame) {
      const all = frame === null;
      whole.setAttribute("aria-pressed", all);
      if (!all) slider.value = frame;
      const { from, to, count } = all ? data.whole : data.frames[frame];
      const days = from === to ? from : `${from} – ${to}`;
      label.textContent = `${days} · ${count.toLocaleString("zh-CN")} 件`;
      show(frame);
    }
    function stop() {
      clearInterval(timer);
      timer = 0;
      play.textContent = "▶";
    }
    play.onclick = () => {
      if (timer) return stop();
      play.textContent = "❚❚";
      const next = () => go((Number(slider.value) + 1) % data.frames.length);
      timer = setInterval(next, SECONDS_A_FRAME * 1000);
      next();
    };
    whole.onclick = () => (stop(), go(null));
    slider.oninput = () => (stop(), go(Number(slider.value)));
    go(null);
  }

  /** The whole page: panel, player, heat. `data` is what gridmap.heatmap.render writes. */
  window.gridmapHeat = function (map, data) {
    map.whenReady(() => {
      const blobs = blobLayer(map);
      const showTownships = panel(data);
      let shown = null;
      const draw = () => {
        const whole = shown === null;
        const scale = fullHeat(map, data.cells, whole ? [data.whole.cells] : framesCells);
        blobs.setOptions({ max: scale });
        blobs.setLatLngs(points(data.cells, whole ? data.whole.cells : framesCells[shown]));
      };
      const framesCells = data.frames.map((frame) => frame.cells);
      map.on("zoomend", draw);
      if (!data.frames.length) return showTownships(data.townships.map((one) => one.count));
      controls(data, (frame) => {
        shown = frame;
        showTownships(data.townships.map((one) => (frame === null ? one.count : one.trend[frame])));
        draw();
      });
    });
  };
})();
