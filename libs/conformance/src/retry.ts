/** Repeats what takes a moment to become true; fails with the last failure after 10 s. */
export async function retry<T>(work: () => Promise<T>, patienceMs = 10_000): Promise<T> {
  const deadline = Date.now() + patienceMs;
  while (true) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
