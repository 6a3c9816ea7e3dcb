/** Finds bubblewrap, and installs it where that takes no question: as root, with apt-get. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export const onPath = (name: string, env: NodeJS.ProcessEnv): boolean =>
  (env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });

/** Runs apt-get without questions; whether it succeeded. Ends it after ten minutes. */
export async function aptInstall(packages: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const apt = (args: string[]) =>
    new Promise<boolean>((resolve) => {
      const child = spawn("apt-get", args, {
        env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
        stdio: "ignore",
        timeout: 600_000,
        killSignal: "SIGKILL",
      });
      child.on("error", () => resolve(false));
      child.on("close", (code) => resolve(code === 0));
    });
  const install = () => apt(["install", "-y", "--no-install-recommends", ...packages]);
  // Lists may be missing or old; they are brought up to date only when they have to be.
  return (await install()) || ((await apt(["update"])) && (await install()));
}

/** What happened, as lines for a person; none where bubblewrap is there, or another system has other means. */
export async function ensureBubblewrap(env: NodeJS.ProcessEnv): Promise<string[]> {
  if (process.platform !== "linux" || onPath("bwrap", env)) return [];
  const root = process.getuid?.() === 0 && onPath("apt-get", env);
  if (root && (await aptInstall(["bubblewrap"], env)))
    return ["Installed bubblewrap for the sandbox (apt-get)."];
  return [
    "bubblewrap, which the sandbox prefers, is not installed. To install it: sudo apt-get install bubblewrap (or your system's package of that name).",
  ];
}
