import { PoolFull } from "../../crypto/pool.ts";
import { AwsError } from "../../errors.ts";

/** Work on a thread; a full pool becomes ThrottlingException (kms.md, section 1.3). */
export async function throttled<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof PoolFull)) throw error;
    const text = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";
    throw new AwsError("ThrottlingException", text);
  }
}

/** Goes on at once with what is there at once: symmetric calls pay for no promise. */
export const whenDone = <T, U>(value: T | Promise<T>, proceed: (value: T) => U | Promise<U>): U | Promise<U> =>
  value instanceof Promise ? value.then(proceed) : proceed(value);
