/** Something done so many times a second, as evenly as timers go. */
const tickMs = 5;

/** Calls `act` `perSecond × seconds` times, with a number that counts up, spread over the time. */
export function atRate(perSecond: number, seconds: number, act: (number: number) => void): Promise<void> {
  const total = perSecond * seconds;
  const start = performance.now();
  let done = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, ((performance.now() - start) / 1000) * perSecond);
      while (done < due) act(done++);
      if (done < total) return;
      clearInterval(timer);
      resolve();
    }, tickMs);
  });
}
