/* The heat of incidents on a Leaflet map: blobs, and a player that goes through the frames. */
(function () {
  "use strict";

  const COLOURS = ["#fbc15e", "#f9a34c", "#ea6c34", "#c63a25", "#86131f"];
  const RADIUS = 15;
  const SPOT = 22;
  const SECONDS_A_FRAME = 0.7;

  /** The cells of a frame gathered into spots as wide as a blob at this zoom. */
  function spotsOf(map, cells) {
    const spots = cells.map(([lat, lon]) => {
      const at = map.project([lat, lon]);
      return Math.floor(at.x / SPOT) + ":" + Math.floor(at.y / SPOT);
    });
    return function gather(frame) {
      const bySpot = new Map();
      for (let i = 0; i < frame.length; i += 2) {
        const [lat, lon] = cells[frame[i]];
        const n = frame[i + 1];
        const spot = bySpot.get(spots[frame[i]]) || { n: 0, lat: 0, lon: 0 };
        bySpot.set(spots[frame[i]], spot);
        spot.n += n;
        spot.lat += lat * n;
        spot.lon += lon * n;
      }
      return [...bySpot.values()];
    };
  }

  /** What counts as full heat: nearly the densest spot of all frames. */
  function fullHeat(gather, frames) {
    const sums = frames.flatMap((frame) => gather(frame).map((spot) => spot.n));
    sums.sort((a, b) => a - b);
    return Math.max(2, sums[Math.floor(sums.length * 0.99)] || 0);
  }

  /** Weights grow with the square root: a village shows beside a town. */
  function weighed(spots, full) {
    return spots.map(({ n, lat, lon }) => [lat / n, lon / n, Math.sqrt(n / full)]);
  }

  function blobLayer(map) {
    const gradient = {};
    COLOURS.forEach((colour, i) => (gradient[0.15 + (0.85 * i) / (COLOURS.length - 1)] = colour));
    // maxZoom 0: no fading with the zoom; the scale is chosen for each zoom instead.
    const options = { radius: RADIUS, blur: 13, maxZoom: 0, max: 1, minOpacity: 0.3, gradient };
    return L.heatLayer([], options).addTo(map);
  }

  /** Heat without a player; `cells` are [lat, lon], `counts` their numbers. */
  window.gridmapBlobs = function (map, cells, counts) {
    map.whenReady(() => {
      const blobs = blobLayer(map);
      const frame = counts.flatMap((n, i) => [i, n]);
      const draw = () => {
        const gather = spotsOf(map, cells);
        blobs.setLatLngs(weighed(gather(frame), fullHeat(gather, [frame])));
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
      element("span", row, "", name).title = name;
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

  /** The names of the townships, each where it has room. */
  function names(map, townships) {
    for (const { name, place } of townships) {
      if (!place) continue;
      const label = document.createElement("b");
      label.textContent = name;
      const icon = L.divIcon({ className: "heat-name", html: label, iconSize: [0, 0] });
      L.marker(place, { icon, interactive: false, keyboard: false }).addTo(map);
    }
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
      names(map, data.townships);
      let shown = null;
      let gather, fullOfFrames, fullOfWhole;
      const frames = data.frames.map((frame) => frame.cells);
      const scale = () => {
        gather = spotsOf(map, data.cells);
        fullOfFrames = fullHeat(gather, frames);
        fullOfWhole = fullHeat(gather, [data.whole.cells]);
      };
      const draw = () => {
        const whole = shown === null;
        const spots = gather(whole ? data.whole.cells : frames[shown]);
        blobs.setLatLngs(weighed(spots, whole ? fullOfWhole : fullOfFrames));
      };
      scale();
      map.on("zoomend", () => (scale(), draw()));
      if (!data.frames.length) return showTownships(data.townships.map((one) => one.count));
      controls(data, (frame) => {
        shown = frame;
        showTownships(data.townships.map((one) => (frame === null ? one.count : one.trend[frame])));
        draw();
      });
    });
  };
})();
