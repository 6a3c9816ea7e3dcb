/** Samples of the machine: processor, memory, and NVIDIA GPUs where there are any. Taken only while somebody looks. */
import { execFile } from "node:child_process";
import { cpus, freemem, totalmem } from "node:os";
import type { DeviceSample } from "../../shared/live.ts";
import { type LogSource, logSource } from "../server/sources.ts";

const EVERY_MS = 2000;
/** nvidia-smi hangs with a broken driver. */
const SMI_MS = 1500;
/** Half an hour. */
const KEEP = 900;
const MB = 1024 * 1024;

type Gpu = DeviceSample["gpus"][number];

/** One line a GPU: name, utilisation in %, used and total memory in MiB, W, °C; "[N/A]" where it is not told. */
export function readSmi(output: string): Gpu[] {
  const number = (text: string | undefined) => {
    const value = Number.parseFloat(text ?? "");
    return Number.isFinite(value) ? value : null;
  };
  return output
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [name = "GPU", busy, used, total, watts, celsius] = line.split(",").map((part) => part.trim());
      const [u, t, share] = [number(used), number(total), number(busy)];
      return {
        name,
        utilisation: share === null ? null : share / 100,
        memory: u === null || t === null ? null : { used: u * MB, total: t * MB },
        watts: number(watts),
        celsius: number(celsius),
      };
    });
}

/** Null when there is no nvidia-smi, so that it need not be asked again. */
function gpus(): Promise<Gpu[] | null> {
  const query = "--query-gpu=name,utilization.gpu,memory.used,memory.total,power.draw,temperature.gpu";
  return new Promise((resolve) => {
    execFile(
      "nvidia-smi",
      [query, "--format=csv,noheader,nounits"],
      { timeout: SMI_MS, killSignal: "SIGKILL", windowsHide: true },
      (error, output) => {
        if (error) resolve((error as NodeJS.ErrnoException).code === "ENOENT" ? null : []);
        else resolve(readSmi(output));
      },
    );
  });
}

function times(): { busy: number; all: number } {
  let busy = 0;
  let all = 0;
  for (const { times: t } of cpus()) {
    const sum = t.user + t.nice + t.sys + t.idle + t.irq;
    busy += sum - t.idle;
    all += sum;
  }
  return { busy, all };
}

/** The `device` topic. */
export function createDevice(): LogSource<DeviceSample> & { close(): void } {
  const log = logSource<DeviceSample>({ keep: KEEP });
  let viewers = 0;
  let timer: NodeJS.Timeout | null = null;
  let before = times();
  let hasGpu = true;
  let failures = 0;
  let asking = false;

  async function sample(): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      const now = times();
      const cpu = now.all > before.all ? (now.busy - before.busy) / (now.all - before.all) : 0;
      before = now;
      const found = hasGpu ? await gpus() : [];
      failures = found?.length === 0 ? failures + 1 : 0;
      if (found === null || failures >= 3) hasGpu = false;
      const total = totalmem();
      const memory = { used: total - freemem(), total };
      log.push({
        at: new Date().toISOString(),
        cpu: Math.min(1, Math.max(0, cpu)),
        memory,
        gpus: found ?? [],
      });
    } finally {
      asking = false;
    }
  }

  const stop = () => {
    if (timer) clearInterval(timer);
    timer = null;
  };

  return {
    ...log,
    listen(changed) {
      const end = log.listen(changed);
      if (viewers++ === 0) {
        before = times();
        hasGpu = true;
        failures = 0;
        timer = setInterval(() => void sample(), EVERY_MS);
        timer.unref();
        setTimeout(() => void (timer && sample()), 250).unref(); // the first one soon, over a short while
      }
      let listening = true;
      return () => {
        if (!listening) return;
        listening = false;
        end();
        if (--viewers === 0) stop();
      };
    },
    close: stop,
  };
}
