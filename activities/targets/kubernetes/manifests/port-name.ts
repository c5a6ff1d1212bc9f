/** The name of a container's port: versions that listen on different ones can serve beside each other. */
export const PORT_NAME = 'main';
