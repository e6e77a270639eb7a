import { createApp, h, nextTick, type App } from "vue";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../http";
import SearchBox from "./SearchBox.vue";

const FOUND = ["第一网格", "第二网格"].map((name, index) => ({
  type: "grid",
  code: `14092910020000${index + 1}`,
  name,
  where: "岚漪镇 东街村",
}));
let app: App;
let host: HTMLElement;
const find = vi.fn();
const picked = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  find.mockReset();
  picked.mockReset();
  host = document.body.appendChild(document.createElement("div"));
  app = createApp({ render: () => h(SearchBox, { find, onPick: picked }) });
  app.mount(host);
});
afterEach(() => {
  app.unmount();
  host.remove();
  vi.useRealTimers();
});

async function type(text: string): Promise<HTMLInputElement> {
  const input = host.querySelector("input") as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event("input"));
  await nextTick();
  await vi.advanceTimersByTimeAsync(200);
  return input;
}

const press = async (input: HTMLElement, key: string): Promise<void> => {
  input.dispatchEvent(new KeyboardEvent("keydown", { key }));
  await nextTick();
};

test("results are walked with the arrow keys and taken with Enter", async () => {
  find.mockResolvedValue(FOUND);
  const input = await type("东街");
  expect(find).toHaveBeenCalledTimes(1);
  expect(input.getAttribute("aria-expanded")).toBe("true");
  await press(input, "ArrowDown");
  expect(input.getAttribute("aria-activedescendant")).toBe("hit-1");
  await press(input, "ArrowDown");
  expect(input.getAttribute("aria-activedescendant")).toBe("hit-0");
  await press(input, "ArrowUp");
  await press(input, "Enter");
  expect(picked).toHaveBeenCalledWith(FOUND[1]);
  expect(input.getAttribute("aria-expanded")).toBe("false");
});

test("nothing found says so and says what to type", async () => {
  find.mockResolvedValue([]);
  await type("不存在");
  expect(host.textContent).toContain("没有找到“不存在”");
});

test("a failed search says so", async () => {
  find.mockRejectedValue(new ApiError("away", 503, "不可用", "away"));
  await type("东街");
  expect(host.textContent).toContain("搜索失败");
});

test("only the last of several quick keystrokes is asked", async () => {
  find.mockResolvedValue(FOUND);
  const input = host.querySelector("input") as HTMLInputElement;
  for (const text of ["东", "东街", "东街村"]) {
    input.value = text;
    input.dispatchEvent(new Event("input"));
    await nextTick();
  }
  await vi.advanceTimersByTimeAsync(200);
  expect(find.mock.calls.map(([text]) => text)).toEqual(["东街村"]);
});
