import { onMounted, onUnmounted } from "vue";

export type Shortcut = "undo" | "redo" | "remove" | "cancel" | "apply";

/** What a key means in the editor; null where it is somebody else's. */
export function shortcutOf(event: KeyboardEvent): Shortcut | null {
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (command && key === "z") return event.shiftKey ? "redo" : "undo";
  if (command && key === "y") return "redo";
  if (command || event.altKey) return null;
  if (key === "delete" || key === "backspace") return "remove";
  if (key === "enter") return "apply";
  return key === "escape" ? "cancel" : null;
}

/** Whether keys are typed into a field, press a button, or a dialog is open; a list takes none. */
export function elsewhere({ target, key }: KeyboardEvent): boolean {
  const own = key === "Enter" ? "input, textarea, button, a" : "input, textarea";
  const typed = target instanceof HTMLElement && target.matches(own);
  return typed || document.querySelector("dialog[open]") !== null;
}

export function useShortcuts(acts: Record<Shortcut, () => void>): void {
  const listen = (event: KeyboardEvent): void => {
    const shortcut = elsewhere(event) ? null : shortcutOf(event);
    if (!shortcut) return;
    event.preventDefault();
    acts[shortcut]();
  };
  onMounted(() => addEventListener("keydown", listen));
  onUnmounted(() => removeEventListener("keydown", listen));
}
