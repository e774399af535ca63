/** A line that a replica of a service of the shop has logged. */
export interface Line {
  /** The index of the line in the service. */
  index: number;
  /** The correct answer: the log statement together with the name of its error. */
  problem: string;
  /** The namespace and name of the Event in which this transport counts the line. */
  event: string;
  type: string;
  reason: string;
  text: string;
}
