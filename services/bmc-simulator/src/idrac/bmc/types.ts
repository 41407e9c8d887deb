/** 8: VNC server for one viewer, Redfish in its first shape. 9: MaxSessions and ActiveSessions, DellAttributes. */
export type Generation = '8' | '9';

/** A user of the management faces. */
export interface IdracUser {
  readonly name: string;
  readonly password: string;
  /** An operator configures but does not reset the iDRAC or end others' sessions; readonly only looks. */
  readonly privilege: Privilege;
}

export type Privilege = 'administrator' | 'operator' | 'readonly';

/** Who asks: the faces count their failed logins apart. */
export type Face = 'wsman' | 'redfish';
