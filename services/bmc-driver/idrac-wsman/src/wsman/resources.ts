const base = 'http://schemas.dell.com/wbem/wscim/1/cim-schema/2/';

/** Resource URIs. Source: python-dracclient dracclient/resources/uris.py. */
export const resource = {
  cardService: `${base}DCIM_iDRACCardService`,
  cardEnumeration: `${base}DCIM_iDRACCardEnumeration`,
  cardString: `${base}DCIM_iDRACCardString`,
  cardInteger: `${base}DCIM_iDRACCardInteger`,
  lifecycleController: `${base}DCIM_LCService`,
  lifecycleJob: `${base}DCIM_LifecycleJob`,
} as const;

/** Which instance of a service is meant. Source: idrac_card.py and lifecycle_controller.py of python-dracclient. */
export function serviceSelectors(name: 'DCIM_iDRACCardService' | 'DCIM_LCService'): Record<string, string> {
  return {
    SystemCreationClassName: 'DCIM_ComputerSystem',
    SystemName: 'DCIM:ComputerSystem',
    CreationClassName: name,
    Name: name.replace('_', ':'),
  };
}

/** The iDRAC itself, as a target of settings. */
export const idrac = 'iDRAC.Embedded.1';
