/** A line of a service of the shop, as a replica has logged it. */
export interface Line {
  /** Which of the lines of the service. */
  index: number;
  /** The truth: the log statement, and what its error is called. */
  problem: string;
  /** Namespace and name of the Event that this transport counts it in. */
  event: string;
  type: string;
  reason: string;
  text: string;
}
