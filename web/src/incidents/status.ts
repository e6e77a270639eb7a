export type Tone = "bad" | "warn" | "ok" | "neutral";

/** How urgent a state looks: waiting for someone, being worked on, done, refused. */
export function statusTone(status: string): Tone {
  if (status === "reported") return "bad";
  if (status === "accepted" || status === "dispatched") return "warn";
  return status === "rejected" ? "neutral" : "ok";
}
