/** To the clipboard, with a word on what came of it. */
import { useApp } from "../../state/app.ts";

export async function copyText(text: string, done: string): Promise<void> {
  const { say } = useApp.getState();
  try {
    await navigator.clipboard.writeText(text);
    say({ tone: "plain", text: done });
  } catch {
    say({
      tone: "bad",
      text: "The clipboard cannot be written here.",
      fix: "Select the text and copy it with the keyboard.",
    });
  }
}
