import { type Command, command, noMore, UsageError } from "./command.ts";
import { askInstallation, installation, installationFlags, installationHelp } from "./installation.ts";

const help = `claviger clock show | advance DURATION [--endpoint URL] [--profile NAME] [--json]

The service keeps two clocks: the wall clock, for signatures and sessions, and its own, for waiting periods, rotation
and expiry. "advance" moves its own clock forward, in development mode only: what becomes due happens at once.
There is no way back; start anew (claviger dev --ephemeral) for that.

DURATION is a number with a unit: 90s, 15m, 12h, 30d, or several of them: 1d12h.

${installationHelp}
  --json            for programs

  claviger clock show
  claviger clock advance 30d`;

interface ClockAnswer {
  readonly wall?: string;
  readonly domain: string;
  readonly due?: number;
}

export const clock: Command = command(
  help,
  { ...installationFlags, json: "switch" },
  async ({ flags, positionals: [action, duration, ...more] }, terminal) => {
    noMore(more);
    const endpoint = installation(flags, terminal);
    if (action === "show") {
      noMore(duration === undefined ? [] : [duration]);
      const { wall, domain, due } = await askInstallation<ClockAnswer>(endpoint, "GET", "clock");
      if (flags.json) terminal.print(JSON.stringify({ wall, domain, due }));
      else terminal.print(`The service's clock: ${domain}\nThe wall clock:      ${wall}`);
      return 0;
    }
    if (action !== "advance") throw new UsageError("Cannot tell what to do with the clock: say show or advance");
    if (duration === undefined) throw new UsageError("Cannot advance the clock: say by how much, such as 30d");
    const advanceSeconds = readDuration(duration);
    const { domain } = await askInstallation<ClockAnswer>(endpoint, "POST", "clock", { advanceSeconds });
    terminal.print(flags.json ? JSON.stringify({ domain }) : `The service's clock is now ${domain}`);
    return 0;
  },
);

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** "1d12h" → 129600 */
export function readDuration(text: string): number {
  if (!/^(\d{1,7}[smhd])+$/.test(text))
    throw new UsageError(`Cannot understand the duration "${text}": write 90s, 15m, 12h, 30d or 1d12h`);
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhd])/g))
    seconds += Number(count) * (secondsOf[unit ?? ""] ?? 0);
  return seconds;
}
