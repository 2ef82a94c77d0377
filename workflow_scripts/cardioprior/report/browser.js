"use strict";
/* Slices of segmentations with labels over them, from the JSON that stands in the page, and source files that open when
   they are linked to. */
(() => {
  const COLOURS = { LV: [255, 65, 54], MYO: [46, 204, 64], RV: [57, 160, 255] };
  const OPACITY = 0.35, MOST_PIXELS = 1152;

  function made(kind, properties = {}, ...children) {
    const node = Object.assign(document.createElement(kind), properties);
    node.append(...children);
    return node;
  }

  /* Bytes (value, length of its run, value ...) in base64, as an array of `size` values. */
  function decoded(text, size) {
    const runs = atob(text), values = new Uint8Array(size);
    for (let at = 0, place = 0; at < runs.length; at += 2) {
      const end = place + runs.charCodeAt(at + 1);
      values.fill(runs.charCodeAt(at), place, end);
      place = end;
    }
    return values;
  }

  function browse(article) {
    const data = JSON.parse(article.querySelector("script").textContent);
    if (!data.methods.length) {
      article.append(made("p", { textContent: "No subject has both a prediction and true labels." }));
      return;
    }
    const pictures = new Map(), arrays = new Map();
    const method = made("select"), subject = made("select"), frame = made("select");
    const slice = made("input", { type: "range", min: 0, step: 1 });
    const shown = { predicted: box("predicted, filled"), true: box("true, outlined") };
    const structures = Object.fromEntries(Object.keys(data.structures).map((name) => [name, box(name)]));
    const canvas = made("canvas", { tabIndex: 0 });
    const state = made("p");
    canvas.setAttribute("role", "img");
    state.setAttribute("role", "status");

    function box(text) {
      return made("input", { type: "checkbox", checked: true, name: text });
    }

    function labelled(text, control, kind = "") {
      return made("label", { className: kind }, text, control);
    }

    function boxed(control, structure) {
      const key = made("span", { className: "key" });
      if (structure) key.style.backgroundColor = `rgb(${COLOURS[structure]})`;
      return made("label", {}, control, ...(structure ? [key] : []), control.name);
    }

    function fill(select, texts) {
      const kept = texts.indexOf(select.selectedOptions[0]?.textContent);
      select.replaceChildren(...texts.map((text, value) => made("option", { value, textContent: text })));
      select.value = Math.max(kept, 0);
    }

    const chosen = {
      get method() { return data.methods[method.value]; },
      get subject() { return this.method.subjects[subject.value]; },
      get frame() { return this.subject.frames[frame.value]; },
      get image() { return data.images[this.frame.image]; },
    };

    function labels(text) {
      const { slices, height, width } = chosen.image;
      if (!arrays.has(text)) arrays.set(text, decoded(text, slices * height * width));
      return arrays.get(text).subarray(slice.value * height * width, (+slice.value + 1) * height * width);
    }

    function methodChanged() {
      fill(subject, chosen.method.subjects.map((one) => `${one.heading}: ${one.dice.toFixed(3)}`));
      subject.value = 0;
      subjectChanged();
    }

    function subjectChanged() {
      fill(frame, chosen.subject.frames.map((one) => one.heading));
      frameChanged(true);
    }

    function frameChanged(toMiddle) {
      slice.max = chosen.image.slices - 1;
      if (toMiddle) slice.value = Math.floor(chosen.image.slices / 2);
      draw();
    }

    async function draw() {
      const { image } = chosen, number = +slice.value, key = chosen.frame.image;
      if (!pictures.has(key)) pictures.set(key, made("img", { src: image.png }));
      await pictures.get(key).decode();
      if (key !== chosen.frame.image || number !== +slice.value) return;
      const { height, width } = image, scale = Math.max(1, Math.floor(MOST_PIXELS / Math.max(height, width)));
      canvas.width = width * scale;
      canvas.height = Math.round(height * scale * image.aspect);
      const context = canvas.getContext("2d");
      context.imageSmoothingEnabled = false;
      context.drawImage(pictures.get(key), 0, number * height, width, height, 0, 0, canvas.width, canvas.height);
      if (shown.predicted.checked) filled(context, labels(chosen.frame.labels), width, height);
      if (shown.true.checked) outlined(context, labels(image.truth), width, height);
      const { heading, dice } = chosen.subject;
      const unlabelled = Object.keys(data.structures).filter((name) => !image.structures.includes(name));
      const lacking = unlabelled.length ? ` True ${unlabelled.join(", ")} was not drawn in this frame.` : "";
      state.textContent = `${heading}, mean Dice ${dice.toFixed(3)}; ${chosen.frame.heading}, slice ${number + 1} of ${image.slices}.${lacking}`;
      canvas.setAttribute("aria-label", `${chosen.method.title}: ${state.textContent}`);
    }

    function seen() {
      return Object.entries(data.structures).filter(([name]) => structures[name].checked);
    }

    function filled(context, values, width, height) {
      const over = made("canvas", { width, height }), pixels = new ImageData(width, height);
      for (const [name, value] of seen())
        values.forEach((found, place) => {
          if (found === value) pixels.data.set([...COLOURS[name], 255 * OPACITY], 4 * place);
        });
      over.getContext("2d").putImageData(pixels, 0, 0);
      context.drawImage(over, 0, 0, context.canvas.width, context.canvas.height);
    }

    function outlined(context, values, width, height) {
      const stepX = context.canvas.width / width, stepY = context.canvas.height / height;
      context.lineWidth = Math.max(2, stepX / 3);
      for (const [name, value] of seen().reverse()) { // a cavity's edge over that of the muscle about it
        const is = (y, x) => y >= 0 && y < height && x >= 0 && x < width && values[y * width + x] === value;
        context.strokeStyle = `rgb(${COLOURS[name]})`;
        context.beginPath();
        for (let y = 0; y <= height; y++)
          for (let x = 0; x <= width; x++) {
            if (is(y, x) !== is(y - 1, x)) {
              context.moveTo(x * stepX, y * stepY);
              context.lineTo((x + 1) * stepX, y * stepY);
            }
            if (is(y, x) !== is(y, x - 1)) {
              context.moveTo(x * stepX, y * stepY);
              context.lineTo(x * stepX, (y + 1) * stepY);
            }
          }
        context.stroke();
      }
    }

    function step(control, by) {
      const last = control === slice ? +slice.max : control.options.length - 1;
      control.value = Math.min(Math.max(+control.value + by, 0), last);
    }

    function pressed(event) {
      const steps = { ArrowUp: [slice, 1], ArrowDown: [slice, -1], ArrowRight: [frame, 1], ArrowLeft: [frame, -1] };
      if (event.key in steps) {
        step(...steps[event.key]);
        frameChanged(false);
      } else if (event.key === "l" || event.key === "L") {
        const on = !(shown.predicted.checked || shown.true.checked);
        shown.predicted.checked = shown.true.checked = on;
        draw();
      } else return;
      event.preventDefault();
    }

    function turned(event) {
      if (document.activeElement !== canvas) return;
      step(slice, event.deltaY > 0 ? 1 : -1);
      draw();
      event.preventDefault();
    }

    method.addEventListener("change", methodChanged);
    subject.addEventListener("change", subjectChanged);
    frame.addEventListener("change", () => frameChanged(false));
    slice.addEventListener("input", draw);
    for (const control of [...Object.values(shown), ...Object.values(structures)])
      control.addEventListener("change", draw);
    canvas.addEventListener("keydown", pressed);
    canvas.addEventListener("wheel", turned, { passive: false });

    fill(method, data.methods.map((one) => one.title));
    article.append(
      made("p", { textContent: data.note }),
      made("div", { className: "controls" },
        labelled("Method", method), labelled("Subject, mean Dice", subject), labelled("Frame", frame)),
      made("div", { className: "controls" }, labelled("Slice", slice, "long"), ...Object.values(shown).map((one) => boxed(one)),
        ...Object.entries(structures).map(([name, one]) => boxed(one, name))),
      canvas, state,
      made("p", { className: "soft controls", textContent: "With the picture chosen: arrows up and down or the wheel for slices, left and right for frames, L for labels." }),
    );
    methodChanged();
  }

  function opened() {
    document.getElementById(location.hash.slice(1))?.closest("details")?.setAttribute("open", "");
  }

  document.querySelectorAll("article.browser").forEach(browse);
  addEventListener("hashchange", opened);
  opened();
})();
